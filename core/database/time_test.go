package database_test

import (
	"testing"
	"time"

	"example.com/pergola/core/database"
	"example.com/pergola/core/database/databasetest"
)

func TestScanTime_readsWhatNullTimeWrote(t *testing.T) {
	t.Parallel()
	db := databasetest.Empty(t)
	for _, want := range []time.Time{{}, time.Date(2026, 3, 1, 9, 0, 0, 123456000, time.UTC)} {
		got := time.Now()

		err := db.QueryRow(t.Context(), `select $1::timestamptz`, database.NullTime(want)).Scan(database.ScanTime(&got))

		if err != nil || got != want {
			t.Errorf("%v came back as %v, %v", want, got, err)
		}
	}
}
