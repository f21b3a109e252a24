package main

import (
	"net/http"
	"testing"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/realtime"
	"example.com/pergola/core/realtime/realtimetest"
)

func TestHostile_anInvalidSessionOpensNoSocket(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	for name, value := range s.invalidSessions(t, s.signIn(t, alan)) {
		rejection := realtimetest.DialRejected(t, s.URL, http.Header{"Origin": {s.URL}, "Cookie": {sessionCookie + "=" + value}})
		if rejection.Code != string(fault.Unauthenticated) {
			t.Errorf("%s: the socket is rejected with %v, want unauthenticated", name, rejection)
		}
	}
}

func TestHostile_anExpiredSessionOpensNoSocket(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	cookies := s.header(s.signIn(t, grace))

	s.expireSessions(t)

	if rejection := realtimetest.DialRejected(t, s.URL, cookies); rejection.Code != string(fault.Unauthenticated) {
		t.Errorf("the socket is rejected with %v, want unauthenticated", rejection)
	}
}

func TestMail_aNewPasswordClosesEverySocket(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	socket := s.socket(t, s.signIn(t, grace))

	s.resetPassword(t, grace)

	socket.WaitClosed(realtime.ClosedSessionEnded)
}
