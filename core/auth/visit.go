package auth

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// visit is what one request knows of its session. It travels in the context
// from the middleware to the store and back, because what the store finds
// (the user) and what it writes (user, address) does not pass through scs. It
// belongs to the goroutine of its request.
type visit struct {
	record Record // the zero Record if there is no session
	user   User
	stored bool // the record is in the store, with the token of record.TokenHash

	dirty  bool // something is remembered that the store does not have yet
	cookie cookieChange

	userAgent string
	ip        string
}

// cookieChange is what the answer says about the cookie.
type cookieChange int

const (
	cookieKept cookieChange = iota
	cookieSet
	cookieCleared
)

type visitKey struct{}

// visitOf is the visit in the context; nil outside of Sessions.Middleware.
func visitOf(ctx context.Context) *visit {
	v, _ := ctx.Value(visitKey{}).(*visit)
	return v
}

var errNoVisit = errors.New("auth: no session in the context: is the route behind Sessions.Middleware?")

func newVisit(r *http.Request) *visit {
	return &visit{userAgent: shortText(r.UserAgent()), ip: clientIP(r)}
}

// begin makes the visit's next record: one that is not stored yet.
func (v *visit) begin(userID string, now time.Time) {
	v.record = Record{Session: Session{
		ID:        uuid.Must(uuid.NewV7()).String(),
		UserID:    userID,
		CreatedAt: now,
		UserAgent: v.userAgent,
		IP:        v.ip,
	}}
	v.stored = false
}

// forget leaves the visit without a session.
func (v *visit) forget() {
	v.record, v.user, v.stored, v.dirty = Record{}, User{}, false, false
}

func clientIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// shortText makes what a client sends fit for a text column.
func shortText(text string) string {
	const limit = 400
	text = strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "\uFFFD")
	if len(text) <= limit {
		return text
	}
	cut := limit
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut]
}
