package database

import (
	"database/sql"
	"fmt"
	"time"
)

// NullTime returns the argument for a nullable timestamptz column: null for the
// zero time.
func NullTime(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}

// ScanTime returns a target for Scan that stores a timestamptz in UTC, and the
// zero time for null.
func ScanTime(at *time.Time) sql.Scanner { return timeScanner{at} }

type timeScanner struct{ at *time.Time }

func (s timeScanner) Scan(value any) error {
	switch value := value.(type) {
	case nil:
		*s.at = time.Time{}
	case time.Time:
		*s.at = value.UTC()
	default:
		return fmt.Errorf("scan %T into a time", value)
	}
	return nil
}
