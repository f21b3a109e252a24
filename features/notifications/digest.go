package notifications

import (
	"crypto/rand"
	"time"

	"example.com/pergola/features/blog" // <with:blog/>
)

// Digest is what one reader has missed in one week.
type Digest struct {
	Week          Week
	From, Until   time.Time     // of which it tells: from one midnight to another, on the clocks of the zone
	Articles      []blog.Teaser // <with:blog/>
	Announcements []Notification
}

// empty reports whether there is nothing to tell.
func (d Digest) empty() bool {
	things := len(d.Announcements)
	things += len(d.Articles) // <with:blog/>
	return things == 0
}

// tellsOf reports whether this was in the week.
func (d Digest) tellsOf(at time.Time) bool { return !at.Before(d.From) && at.Before(d.Until) }

// A key is 52 letters and digits, of which each has 32 possibilities.
const (
	keyLength   = 52
	keyAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
)

func newKey() string { return rand.Text() + rand.Text() }
