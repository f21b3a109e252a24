package notifications

import (
	"time"

	"example.com/pergola/features/blog"
)

// Digest is what one reader missed in one week.
type Digest struct {
	Week          Week
	From, Until   time.Time // the days that it covers, from midnight to midnight in the application's time zone
	Articles      []blog.Teaser
	Announcements []Notification
}

func (d Digest) empty() bool { return len(d.Articles) == 0 && len(d.Announcements) == 0 }

// covers reports whether a time is within the digest's week.
func (d Digest) covers(at time.Time) bool { return !at.Before(d.From) && at.Before(d.Until) }

// Week identifies a digest by the Monday on which it is sent, "2026-11-23". The
// digest covers the seven days before.
type Week string

// weekOf is the week whose digest is the latest at this time, in the zone.
func weekOf(at time.Time, zone *time.Location) Week {
	at = at.In(zone)
	sinceMonday := (int(at.Weekday()) + 6) % 7
	return Week(at.AddDate(0, 0, -sinceMonday).Format(time.DateOnly))
}

// span is the time that the digest covers, from midnight to midnight.
func (w Week) span(zone *time.Location) (from, until time.Time, err error) {
	until, err = time.ParseInLocation(time.DateOnly, string(w), zone)
	return until.AddDate(0, 0, -7), until, err
}
