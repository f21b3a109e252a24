package main

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"example.com/pergola/core/database/databasetest"
)

func TestOpenDatabase_warnsOfFewConnections(t *testing.T) {
	t.Parallel()
	db := databasetest.Empty(t)
	for most, want := range map[int]int{2: 0, 100_000: 1} {
		var log bytes.Buffer

		err := warnOfFewConnections(t.Context(), db, most, slog.New(slog.NewTextHandler(&log, nil)))

		if n := strings.Count(log.String(), "DATABASE_MAX_CONNS"); err != nil || n != want {
			t.Errorf("a process with %d connections: error %v, %d warnings, want %d: %s", most, err, n, want, log.String())
		}
	}
}
