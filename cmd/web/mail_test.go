package main

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"example.com/pergola/core/app/apptest"
	"example.com/pergola/core/app/browsertest"
)

const newPassword = "battery staple of grace"

// emailTo waits for an email in the mailbox and opens its page.
func (s *site) emailTo(t *testing.T, email, subject string) apptest.Page {
	t.Helper()
	client := apptest.NewClient(t, s.URL)
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); {
		row := client.Get("/dev/mail").Find(`[data-to="` + email + `"]`)
		for i := range row.Length() {
			if link := row.Eq(i).Find("a"); link.Text() == subject {
				return client.Get(link.AttrOr("href", ""))
			}
		}
	}
	t.Fatalf("no email %q to %s arrived", subject, email)
	return apptest.Page{}
}

// linkIn returns the path of the first link in an email.
func (s *site) linkIn(t *testing.T, email apptest.Page) string {
	t.Helper()
	path, ours := strings.CutPrefix(email.Find("[data-email-text] a").First().AttrOr("href", ""), s.URL)
	if !ours || path == "" {
		t.Fatalf("the email has no link to this site: %s", email.Find("[data-email-text]").Text())
	}
	return path
}

// resetPassword sets newPassword through an emailed link.
func (s *site) resetPassword(t *testing.T, email string) {
	t.Helper()
	visitor := apptest.NewClient(t, s.URL)
	visitor.Post("/forgot-password", url.Values{"email": {email}})
	form := visitor.Get(s.linkIn(t, s.emailTo(t, email, "Reset your password")))
	done := visitor.Submit(form, "form[action='/reset-password']", map[string]string{"password": newPassword})
	if done.Path != "/sign-in" {
		t.Fatalf("resetting the password leads to %d at %s: %s", done.Status, done.Path, done.Find("main").Text())
	}
}

func TestMail_replacesAForgottenPassword(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	old := s.signIn(t, grace)
	bystander := s.signIn(t, ada)

	visitor := apptest.NewClient(t, s.URL)
	sent := visitor.Submit(visitor.Get("/forgot-password"), "form[action='/forgot-password']", map[string]string{"email": grace})
	if sent.Status != http.StatusOK || sent.Find("[data-email-sent]").Length() != 1 {
		t.Fatalf("asked for a link: %d, %s", sent.Status, sent.Find("main").Text())
	}
	link := s.linkIn(t, s.emailTo(t, grace, "Reset your password"))
	form := visitor.Get(link)
	if form.Header.Get("Referrer-Policy") != "no-referrer" || form.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("the page leaks its URL: %v", form.Header)
	}
	_, token, _ := strings.Cut(link, "token=")
	if html, _ := form.Html(); strings.Count(html, token) != 1 {
		t.Error("the token is on the page outside the form")
	}
	done := visitor.Submit(form, "form[action='/reset-password']", map[string]string{"password": newPassword})

	if done.Path != "/sign-in" {
		t.Fatalf("the new password led to %d at %s: %s", done.Status, done.Path, done.Find("main").Text())
	}
	if page := old.Get("/account"); !strings.HasPrefix(page.Path, "/sign-in") {
		t.Errorf("the old session still sees %s", page.Path)
	}
	if page := bystander.Get("/account"); page.Path != "/account" {
		t.Errorf("another user was signed out: %s", page.Path)
	}
	if page := visitor.Get(link); page.Status != http.StatusNotFound {
		t.Errorf("the link works again: %d", page.Status)
	}
	if page := visitor.Post("/sign-in", url.Values{"email": {grace}, "password": {samplePassword}}); page.Path != "/sign-in" {
		t.Error("the old password still works")
	}
	if page := visitor.Post("/sign-in", url.Values{"email": {grace}, "password": {newPassword}}); page.Path == "/sign-in" {
		t.Error("the new password does not work")
	}
	s.emailTo(t, grace, "Your password was changed")
}

func TestMail_verifiesAnEmailAddress(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	client := apptest.NewClient(t, s.URL)
	client.Post("/sign-up", url.Values{"email": {"eve@example.com"}, "name": {"Eve"}, "password": {newPassword}})
	client.Post("/sign-in", url.Values{"email": {"eve@example.com"}, "password": {newPassword}})
	if state := client.Get("/account/security").Find("#address").Text(); !strings.Contains(state, "Not verified") {
		t.Fatalf("the account shows %q", state)
	}

	page := client.Get(s.linkIn(t, s.emailTo(t, "eve@example.com", "Verify your email address")))
	done := client.Submit(page, "form[action='/verify-email']", nil)

	if state := done.Find("#address").Text(); done.Path != "/account/security" || strings.Contains(state, "Not verified") {
		t.Errorf("%s shows %q", done.Path, state)
	}
}

// A link in an email is as sensitive as a password while it is valid.
func TestMail_logsNoLinks(t *testing.T) {
	t.Parallel()
	var log lockedBuffer
	address := freeAddress(t)
	s := &site{URL: "http://" + address}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	env := environmentOf(map[string]string{"APP_ENV": "development", "DATABASE_URL": newDatabase(t), "ADDR": address, "BASE_URL": s.URL, "LOG_LEVEL": "debug"})
	go func() { ended <- run(ctx, nil, env, &log, &log) }()
	waitReady(t, s.URL+"/readyz")
	visitor := apptest.NewClient(t, s.URL)
	visitor.Post("/forgot-password", url.Values{"email": {grace}})
	link := s.linkIn(t, s.emailTo(t, grace, "Reset your password"))
	visitor.Get(link)
	_, token, _ := strings.Cut(link, "token=")
	visitor.Post("/reset-password", url.Values{"token": {token}, "password": {"short"}})
	visitor.Post("/reset-password", url.Values{"token": {token}, "password": {newPassword}})
	stop()

	if code := <-ended; code != 0 {
		t.Errorf("code = %d", code)
	}
	if text := log.String(); !strings.Contains(text, "/reset-password") || strings.Contains(text, token) || strings.Contains(text, grace) {
		t.Errorf("the log holds no request, or a link, or an address:\n%s", text)
	}
}

// The HTML of an email is untrusted: it is styled, but sandboxed.
func TestMailbox_sandboxesHTML(t *testing.T) {
	t.Parallel()
	s := startSite(t, builtAssets(t))
	apptest.NewClient(t, s.URL).Post("/forgot-password", url.Values{"email": {grace}})
	email := s.emailTo(t, grace, "Reset your password")
	window := browsertest.Open(t)
	window.Goto(s.URL + email.Path)
	window.Click("main a[href$='/html']")
	window.WaitForText("h1", "Hello Grace Hopper,")
	policy := apptest.NewClient(t, s.URL).Get(email.Path + "/html").Header.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "sandbox", "frame-ancestors 'none'", "form-action 'none'"} {
		if !strings.Contains(policy, part) {
			t.Errorf("the policy is %q, without %s", policy, part)
		}
	}
	if strings.Contains(policy, "allow-scripts") || strings.Contains(policy, "allow-same-origin") {
		t.Errorf("the policy is %q", policy)
	}
	if got := browsertest.Eval[string](window, "getComputedStyle(document.querySelector('.button')).borderTopLeftRadius"); got != "8px" {
		t.Errorf("the email is not styled: %s", got)
	}

	window.Click("a.button")
	window.WaitFor("form[action='/reset-password']")
	window.Fill("[name=password]", newPassword)
	window.Click("form[action='/reset-password'] button:not([data-reveal])")

	window.WaitUntil("the password is changed", "location.pathname === '/sign-in' && document.readyState === 'complete'")
}

func TestMailbox_existsOnlyInDevelopment(t *testing.T) {
	t.Parallel()
	s := startSite(t, func(config *Config) { config.Development, config.MigrateAtStart, config.MailOff = false, true, true })
	for _, path := range []string{"/dev/mail", "/dev/mail/x", "/dev/mail/x/html", "/dev/mail/x/source"} {
		if page := apptest.NewClient(t, s.URL).Get(path); page.Status != http.StatusNotFound {
			t.Errorf("%s: status %d in production, want 404", path, page.Status)
		}
	}
}

func TestMailbox_canBeCleared(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	client := apptest.NewClient(t, s.URL)
	if page := client.Get("/dev/mail"); !strings.Contains(page.Text(), "No emails yet.") {
		t.Errorf("an empty mailbox shows %q", page.Find("main").Text())
	}
	client.Post("/forgot-password", url.Values{"email": {grace}})
	email := s.emailTo(t, grace, "Reset your password")
	if source := client.Get(email.Path + "/source"); source.Header.Get("Content-Type") != "text/plain; charset=utf-8" || !strings.Contains(source.Text(), "Subject: Reset your password") {
		t.Errorf("the source is %s: %s", source.Header.Get("Content-Type"), source.Text())
	}
	if headers := email.Find("[data-email-headers]").Text(); !strings.Contains(headers, "Message-ID: <") || strings.Contains(headers, "Hello") {
		t.Errorf("the headers are %q", headers)
	}

	page := client.Submit(client.Get("/dev/mail"), "form[action='/dev/mail/clear']", nil)

	if page.Path != "/dev/mail" || !strings.Contains(page.Text(), "No emails yet.") || client.Get(email.Path).Status != http.StatusNotFound {
		t.Errorf("%s shows %q", page.Path, page.Find("main").Text())
	}
}

func TestMail_productionRequiresAMailServer(t *testing.T) {
	t.Parallel()
	code, _, stderr := runCommand(t, map[string]string{"BASE_URL": "https://example.com", "DATABASE_URL": "postgres://localhost/none"})
	if code != 1 || !strings.Contains(stderr, "SMTP_URL") || !strings.Contains(stderr, "or off to disable email") {
		t.Errorf("production without SMTP_URL: code %d, %q", code, stderr)
	}
}
