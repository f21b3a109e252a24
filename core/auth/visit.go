package auth

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"unicode/utf8"
)

// visit is what one request knows of its session. It travels in the context
// and belongs to the goroutine of its request.
type visit struct {
	session *held        // of nobody, if there is none
	cookie  cookieChange // what the answer says about the cookie
	left    bool         // a user has signed out: the browser keeps nothing of theirs

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

// visitOf is the visit in the context; nil outside of Sessions.Middleware.
func visitOf(ctx context.Context) *visit {
	v, _ := ctx.Value(visitKey{}).(*visit)
	return v
}

var errNoVisit = errors.New("auth: no session in the context: is the route behind Sessions.Middleware?")

func newVisit(r *http.Request) *visit {
	return &visit{session: &held{}, userAgent: shortText(r.UserAgent()), ip: clientIP(r)}
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
