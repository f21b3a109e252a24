package form

import (
	"database/sql"
	"strconv"
	"strings"
	"time"
)

// timeLayout is how the browser's datetime-local fields write a time.
const timeLayout = "2006-01-02T15:04"

// ParseTime parses the value of a datetime-local field, in UTC. An empty value
// is the zero time.
func (e *Errors) ParseTime(name, label, value string) time.Time {
	if value == "" {
		return time.Time{}
	}
	at, err := time.Parse(timeLayout, value)
	if err != nil {
		e.Add(name, label+" must be a date and time.")
	}
	return at
}

// FormatTime returns the value of a datetime-local field; "" for the zero time.
func FormatTime(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(timeLayout)
}

// ParseInt parses a whole number.
func (e *Errors) ParseInt(name, label, value string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
	if err != nil {
		e.Add(name, label+" must be a whole number.")
	}
	return n
}

// ParseOptionalInt parses a whole number. An empty value is null, which is not
// the same as 0.
func (e *Errors) ParseOptionalInt(name, label, value string) sql.Null[int64] {
	if strings.TrimSpace(value) == "" {
		return sql.Null[int64]{}
	}
	return sql.Null[int64]{V: e.ParseInt(name, label, value), Valid: true}
}

// FormatInt returns the value of a number field.
func FormatInt(n int64) string { return strconv.FormatInt(n, 10) }

// FormatOptionalInt returns the value of a number field; "" for null.
func FormatOptionalInt(n sql.Null[int64]) string {
	if !n.Valid {
		return ""
	}
	return FormatInt(n.V)
}
