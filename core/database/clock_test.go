package database_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"example.com/pergola/core/database"
	"example.com/pergola/core/database/databasetest"
)

func TestNow_isTheTimeOfTheDatabase(t *testing.T) {
	t.Parallel()
	for name, wrong := range map[string]time.Duration{"ahead": 10 * time.Minute, "behind": -3 * time.Hour, "almost right": 20 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := databasetest.Empty(t, database.WithClock(func() time.Time { return time.Now().Add(wrong) }))
			var there time.Time
			if err := db.QueryRow(t.Context(), `select clock_timestamp()`).Scan(&there); err != nil {
				t.Fatal(err)
			}

			if difference := db.Now().Sub(there); difference.Abs() > 5*time.Second {
				t.Errorf("Now is %v from the database's clock", difference)
			}
		})
	}
}

func TestClockWatch_warnsOfAWrongClock(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		wrong time.Duration
		lines int
	}{"ten minutes ahead": {10 * time.Minute, 1}, "right": {0, 0}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			db := databasetest.Empty(t, database.WithClock(func() time.Time { return time.Now().Add(test.wrong) }))
			watch := database.NewClockWatch(db, slog.New(slog.NewTextHandler(&log, nil)))

			if err := watch.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := watch.Stop(t.Context()); err != nil {
				t.Fatal(err)
			}

			if n := strings.Count(log.String(), "clock"); n > 0 != (test.lines > 0) {
				t.Errorf("the log is %q, want %d warnings", log.String(), test.lines)
			}
		})
	}
}
