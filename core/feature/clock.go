package feature

import "time"

// Clock returns the current time. It is an argument, so that a test can set it; in
// production it is the database's, which all processes share (see database.DB.Now).
type Clock func() time.Time

// Now returns the current time as Postgres stores it: in UTC, truncated to
// microseconds. Use it for times that are saved, so that an entity equals
// itself when it is read back. A nil Clock is time.Now.
func (c Clock) Now() time.Time {
	if c == nil {
		c = time.Now
	}
	return c().UTC().Truncate(time.Microsecond)
}
