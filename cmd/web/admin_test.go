package main

import (
	"net/http"
	"net/url"
	"testing"

	"example.com/pergola/core/app/apptest"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/realtime"
	"example.com/pergola/core/realtime/realtimetest"
)

// press presses a button for an account in the administrators' list of users.
func press(t *testing.T, admin *apptest.Client, email, verb string) {
	t.Helper()
	users := admin.Get("/admin/users?" + url.Values{"q": {email}}.Encode())
	action := users.Find("form[action^='/admin/users/'][action$='/"+verb+"']").AttrOr("action", "")
	if action == "" {
		t.Fatalf("the users page has no button to %s %s:\n%s", verb, email, users.Find("main").Text())
	}
	if page := admin.Post(action, nil); page.Status != http.StatusOK {
		t.Fatalf("%s: %d %s", verb, page.Status, page.Find("main").Text())
	}
}

func TestSite_locksAnAccountAtOnce(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	admin, laptop, phone := s.signIn(t, alan), s.signIn(t, grace), s.signIn(t, grace)
	sockets := []*realtimetest.Client{s.socket(t, laptop), s.socket(t, phone)}
	cookies := s.header(laptop)

	press(t, admin, grace, "lock")

	for _, socket := range sockets {
		socket.WaitClosed(realtime.ClosedSessionEnded)
	}
	if rejection := realtimetest.DialRejected(t, s.URL, cookies); rejection.Code != string(fault.Unauthenticated) {
		t.Errorf("a socket with the old cookie: %v, want unauthenticated", rejection)
	}
	signIn := url.Values{"email": {grace}, "password": {samplePassword}}
	if page := laptop.Post("/sign-in", signIn); page.Status != http.StatusUnprocessableEntity {
		t.Errorf("signing in to the locked account: status %d, want 422", page.Status)
	}

	press(t, admin, grace, "unlock")

	if page := laptop.Post("/sign-in", signIn); page.Path != "/" {
		t.Errorf("signing in to the unlocked account leads to %s", page.Path)
	}
	if err := s.socket(t, laptop).Sync(); err != nil {
		t.Errorf("a socket of the unlocked account: %v", err)
	}
}

func TestSite_signsAUserOutEverywhere(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	admin, laptop, phone := s.signIn(t, alan), s.signIn(t, grace), s.signIn(t, grace)
	sockets := []*realtimetest.Client{s.socket(t, laptop), s.socket(t, phone)}
	bystander := s.socket(t, s.signIn(t, ada))

	press(t, admin, grace, "sign-out")

	for _, socket := range sockets {
		socket.WaitClosed(realtime.ClosedSessionEnded)
	}
	if page := phone.Get("/account"); page.Path != "/sign-in?next=%2Faccount" {
		t.Errorf("the account's page is at %s, want the sign-in", page.Path)
	}
	if err := bystander.Sync(); err != nil {
		t.Errorf("the socket of another user: %v", err)
	}
	s.signIn(t, grace) // signing in again works
}
