package notifications

import "time"

// Week is a week as digests count them: by the Monday on which its digest is
// sent, "2026-11-23". It tells of the seven days before.
type Week string

// weekOf is the week whose digest is sent at this time or was sent last, on the
// clocks of the zone.
func weekOf(at time.Time, zone *time.Location) Week {
	at = at.In(zone)
	sinceMonday := (int(at.Weekday()) + 6) % 7
	return Week(at.AddDate(0, 0, -sinceMonday).Format(time.DateOnly))
}

// span is the time of which the digest tells: from one midnight to another.
func (w Week) span(zone *time.Location) (from, until time.Time, err error) {
	until, err = time.ParseInLocation(time.DateOnly, string(w), zone)
	return until.AddDate(0, 0, -7), until, err
}
