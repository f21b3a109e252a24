package auth

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"unicode/utf8"
)

// visit is the state of the session during a request. It is in the context, and
// used by the goroutine of the request only.
type visit struct {
	session   *activeSession // never nil; empty if there is none
	cookie    cookieChange
	signedOut bool // a user signed out: clear the browser's data

	userAgent string
	ip        string
}

type cookieChange int

const (
	cookieKept cookieChange = iota
	cookieSet
	cookieCleared
)

type visitKey struct{}

// visitOf returns the visit in the context; nil outside of Sessions.Middleware.
func visitOf(ctx context.Context) *visit {
	v, _ := ctx.Value(visitKey{}).(*visit)
	return v
}

var errNoVisit = errors.New("auth: no session in the context: is the route behind Sessions.Middleware?")

func newVisit(r *http.Request) *visit {
	return &visit{session: &activeSession{}, userAgent: shortText(r.UserAgent()), ip: clientIP(r)}
}

func clientIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// shortText makes a value from a client safe for a text column.
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
