package authentication_test

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/PuerkitoBio/goquery"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/mail"
	"example.com/pergola/features/accounts"
	"example.com/pergola/features/authentication"
)

var linkPattern = regexp.MustCompile(`https://pergola\.example(/(?:reset-password|verify-email)\?token=[A-Za-z0-9_-]{43})\n`)

// link returns the link in the last email to an address.
func (s *site) link(email string) string {
	s.t.Helper()
	sent := s.sent.SentTo(email)
	if len(sent) == 0 {
		s.t.Fatalf("no email to %s", email)
	}
	found := linkPattern.FindStringSubmatch(sent[len(sent)-1].Text)
	if found == nil {
		s.t.Fatalf("the email to %s has no link: %s", email, sent[len(sent)-1].Text)
	}
	return found[1]
}

// resetLink requests a password reset and returns the link in the email.
func (s *site) resetLink(email string) string {
	s.t.Helper()
	s.visitor().post("/forgot-password", url.Values{"email": {email}}).is(http.StatusOK, "/forgot-password")
	return s.link(strings.ToLower(strings.TrimSpace(email)))
}

func resetFields(link, password string) url.Values {
	_, token, _ := strings.Cut(link, "token=")
	return url.Values{"token": {token}, "password": {password}}
}

func TestResetPassword_setsThePasswordAndSignsOutAllDevices(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	ada := site.user("ada@example.com", "Ada")
	elsewhere := site.as(ada)
	otherUser := site.as(site.user("grace@example.com", "Grace"))
	link := site.resetLink(" Ada@Example.com")
	browser := site.visitor()
	form := browser.get(link).is(http.StatusOK, link)
	if form.value("username") != "ada@example.com" || form.Find(`input[name="password"]`).AttrOr("autocomplete", "") != "new-password" {
		t.Error("a password manager cannot recognize the form")
	}

	shown := browser.post("/reset-password", resetFields(link, newPassword)).is(http.StatusOK, "/sign-in")

	if !strings.HasPrefix(shown.text("#flash"), "Your password was changed and all devices were signed out.") {
		t.Errorf("got the message %q", shown.text("#flash"))
	}
	browser.signedIn("")
	elsewhere.signedIn("")
	otherUser.signedIn("Grace")
	if notified := site.watcher.Calls(); !slices.Contains(notified, "user signed out "+ada.ID) {
		t.Errorf("the watcher was notified of %v, so the sockets stay open", notified)
	}
	site.visitor().post("/sign-in", signInFields("ada@example.com", password)).is(http.StatusUnprocessableEntity, "/sign-in")
	browser.post("/sign-in", signInFields("ada@example.com", newPassword)).is(http.StatusOK, "/")
	if found, err := site.users.Find(t.Context(), ada.ID); err != nil || !found.Verified() {
		t.Errorf("verified: %v, %v; the email was received", found.Verified(), err)
	}
	sent := site.sent.SentTo("ada@example.com")
	if len(sent) != 2 || sent[1].Subject != "Your password was changed" {
		t.Errorf("got %d emails, want one about the change", len(sent))
	}
}

func TestResetPassword_worksOnce(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	site.user("ada@example.com", "Ada")
	first, second := site.resetLink("ada@example.com"), site.resetLink("ada@example.com")
	if first == second {
		t.Fatal("two emails have the same link")
	}
	var group sync.WaitGroup
	var mu sync.Mutex
	statuses := map[int]int{}
	for range 4 {
		group.Go(func() {
			shown := site.visitor().post("/reset-password", resetFields(first, newPassword))
			mu.Lock()
			defer mu.Unlock()
			statuses[shown.Status]++
		})
	}
	group.Wait()

	if statuses[http.StatusOK] != 1 || statuses[http.StatusNotFound] != 3 {
		t.Errorf("statuses %v, want 200 once, otherwise 404", statuses)
	}
	for _, link := range []string{first, second} {
		if shown := site.visitor().get(link); shown.Status != http.StatusNotFound || shown.Find("[data-invalid-link] a[href='/forgot-password']").Length() != 1 {
			t.Errorf("%s responds with %d: %s", link, shown.Status, shown.Text())
		}
		site.visitor().post("/reset-password", resetFields(link, "yet another horse")).is(http.StatusNotFound, "/reset-password")
	}
	site.visitor().post("/sign-in", signInFields("ada@example.com", newPassword)).is(http.StatusOK, "/")
}

// Mail scanners open every link.
func TestResetPassword_staysValidWhenTheLinkIsOpened(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	site.user("ada@example.com", "Ada")
	link := site.resetLink("ada@example.com")

	for range 3 {
		site.visitor().get(link).is(http.StatusOK, link)
	}

	site.visitor().post("/reset-password", resetFields(link, newPassword)).is(http.StatusOK, "/sign-in")
}

func TestResetPassword_expires(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	site.user("ada@example.com", "Ada")
	link := site.resetLink("ada@example.com")
	site.offset.Store(int64(29 * time.Minute))
	site.visitor().get(link).is(http.StatusOK, link)

	site.offset.Store(int64(30 * time.Minute))

	site.visitor().get(link).is(http.StatusNotFound, link)
	site.visitor().post("/reset-password", resetFields(link, newPassword)).is(http.StatusNotFound, "/reset-password")
	site.visitor().post("/sign-in", signInFields("ada@example.com", password)).is(http.StatusOK, "/")
}

func TestResetPassword_rejectsInvalidInput(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	ada := site.user("ada@example.com", "Ada")
	link := site.resetLink("ada@example.com")
	work := site.hashing.hashes.Load()

	shown := site.visitor().post("/reset-password", resetFields(link, "short")).is(http.StatusUnprocessableEntity, "/reset-password")
	if got := shown.errorOf("password"); got != "Use 12 characters or more." {
		t.Errorf("the error of the password is %q", got)
	}
	if shown.value("token") == "" {
		t.Error("the form has lost the token")
	}
	for _, token := range []string{"", "x", strings.Repeat("A", 43), strings.Repeat("A", 10_000), "\x00"} {
		site.visitor().post("/reset-password", url.Values{"token": {token}, "password": {newPassword}}).is(http.StatusNotFound, "/reset-password")
		site.visitor().get("/reset-password?"+url.Values{"token": {token}}.Encode()).is(http.StatusNotFound, "/reset-password?"+url.Values{"token": {token}}.Encode())
	}
	if got := site.hashing.hashes.Load(); got != work {
		t.Errorf("%d passwords were hashed without a valid link", got-work)
	}
	verification := strings.Replace(link, "reset-password", "verify-email", 1)
	site.visitor().get(verification).is(http.StatusNotFound, verification)
	site.visitor().post("/verify-email", resetFields(link, "")).is(http.StatusNotFound, "/verify-email")

	site.visitor().post("/reset-password", resetFields(link, newPassword)).is(http.StatusOK, "/sign-in")
	if found, _ := site.users.Find(t.Context(), ada.ID); !found.Verified() {
		t.Error("the link no longer works")
	}
}

func TestResetPassword_rejectsLockedAndDeletedUsers(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	locked, deleted := site.user("ada@example.com", "Ada"), site.user("eva@example.com", "Eva")
	links := []string{site.resetLink("ada@example.com"), site.resetLink("eva@example.com")}
	locked.LockedAt = noon
	if err := errors.Join(site.users.Save(t.Context(), locked), site.users.Delete(t.Context(), deleted.ID)); err != nil {
		t.Fatal(err)
	}

	for _, link := range links {
		site.visitor().get(link).is(http.StatusNotFound, link)
		site.visitor().post("/reset-password", resetFields(link, newPassword)).is(http.StatusNotFound, "/reset-password")
	}
	emails := len(site.sent.Sent())
	site.visitor().post("/forgot-password", url.Values{"email": {"ada@example.com"}}).is(http.StatusOK, "/forgot-password")
	if got := len(site.sent.Sent()); got != emails {
		t.Error("a locked user got an email")
	}
}

func TestForgotPassword_respondsTheSameToEveryAddress(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	site.user("ada@example.com", "Ada")
	answer := func(email string) string {
		shown := site.visitor().post("/forgot-password", url.Values{"email": {email}}).is(http.StatusOK, "/forgot-password")
		html, _ := shown.Html()
		return strings.ReplaceAll(html, email, "")
	}

	known, unknown := answer("ada@example.com"), answer("eva@example.com")

	if known != unknown {
		t.Errorf("the responses differ:\n%s\n%s", known, unknown)
	}
	if len(site.sent.SentTo("ada@example.com")) != 1 || len(site.sent.Sent()) != 1 {
		t.Errorf("emails: %v, want one to ada", site.sent.Sent())
	}
	shown := site.visitor().post("/forgot-password", url.Values{"email": {"ada"}}).is(http.StatusUnprocessableEntity, "/forgot-password")
	if shown.errorOf("email") == "" || shown.value("email") != "ada" {
		t.Error("the page shows no error")
	}
}

func TestForgotPassword_takesAtLeastTheMinimumTimeForEveryAddress(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	site.user("ada@example.com", "Ada")
	const minTime = 100 * time.Millisecond
	request := authentication.NewRequestPasswordReset(site.db, accounts.NewFindByEmail(site.users), site.Mailer, authentication.MinResponseTime(minTime))
	for _, email := range []string{"ada@example.com", "eva@example.com"} {
		start := time.Now()

		if err := request(t.Context(), email); err != nil {
			t.Fatal(err)
		}

		if took := time.Since(start); took < minTime {
			t.Errorf("%s took %v, want at least %v", email, took, minTime)
		}
	}
}

func TestMinResponseTime_isTheSameForAllWork(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, work := range []time.Duration{0, 20 * time.Millisecond, 250 * time.Millisecond} {
			start := time.Now()

			err := authentication.MinResponseTime(0).Run(t.Context(), func() error { time.Sleep(work); return io.EOF })

			if took := time.Since(start); err != io.EOF || took != time.Duration(authentication.DefaultMinResponseTime) {
				t.Errorf("with %v of work: %v after %v, want %v after %v", work, err, took, io.EOF, authentication.DefaultMinResponseTime)
			}
		}
	})
}

func TestRateLimits_boundPasswordResets(t *testing.T) {
	t.Parallel()
	ask := func(site *site, email string) page {
		return site.visitor().post("/forgot-password", url.Values{"email": {email}})
	}
	byEmail := newSite(t, limits(func(l *authentication.RateLimits) { l.ResetByEmail = two }))
	byClient := newSite(t, limits(func(l *authentication.RateLimits) { l.ResetByClient = two }))
	links := newSite(t, limits(func(l *authentication.RateLimits) { l.LinkByClient = two }))
	byEmail.user("ada@example.com", "Ada")
	for range 2 {
		ask(byEmail, "ada@example.com").is(http.StatusOK, "/forgot-password")
		ask(byEmail, "eva@example.com").is(http.StatusOK, "/forgot-password")
		ask(byClient, "ada@example.com").is(http.StatusOK, "/forgot-password")
		links.visitor().post("/reset-password", url.Values{"token": {"x"}}).is(http.StatusNotFound, "/reset-password")
	}

	ask(byEmail, " ADA@example.com").wantTooMany(t)
	ask(byEmail, "eva@example.com").wantTooMany(t)
	ask(byClient, "grace@example.com").wantTooMany(t)
	links.visitor().post("/reset-password", url.Values{"token": {"x"}}).wantTooMany(t)

	if got := len(byEmail.sent.Sent()); got != 2 {
		t.Errorf("%d emails, want 2", got)
	}
}

func TestEmailLinks_areKeptSecret(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	site.user("ada@example.com", "Ada")
	link := site.resetLink("ada@example.com")

	for _, path := range []string{link, "/reset-password?token=invalid", "/verify-email?token=invalid"} {
		header := site.visitor().get(path).Header
		if header.Get("Referrer-Policy") != "no-referrer" || header.Get("Cache-Control") != "no-store" || header.Get("X-Robots-Tag") != "noindex" {
			t.Errorf("%s: headers %v", path, header)
		}
	}
	shown := site.visitor().get(link)
	_, secret, _ := strings.Cut(link, "token=")
	html, _ := shown.Html()
	if strings.Count(html, secret) != 1 || shown.value("token") != secret {
		t.Errorf("the secret is in the page %d times, want once, in the form", strings.Count(html, secret))
	}
	if _, err := site.tokens.Find(t.Context(), []byte(secret)); !errors.Is(err, fault.NotFound) {
		t.Error("the secret itself is stored")
	}
}

func TestForgotPassword_isOfferedOnlyIfEmailIsSent(t *testing.T) {
	t.Parallel()
	with := newSite(t)
	without := newSite(t, func(s *setup) { s.sender = mail.Off() })
	ada := without.user("ada@example.com", "Ada")

	if with.visitor().get("/sign-in").Find("a[href='/forgot-password']").Length() != 1 {
		t.Error("the sign-in page has no link to /forgot-password")
	}
	if without.visitor().get("/sign-in").Find("a[href='/forgot-password']").Length() != 0 {
		t.Error("the sign-in page has a link to /forgot-password")
	}
	shown := without.visitor().get("/forgot-password").is(http.StatusOK, "/forgot-password")
	if shown.Find("form").Length() != 0 || !strings.Contains(shown.Text(), "doesn't send email") {
		t.Errorf("got the message %q", shown.Text())
	}
	for _, email := range []string{"ada@example.com", "eva@example.com"} {
		without.visitor().post("/forgot-password", url.Values{"email": {email}}).is(http.StatusServiceUnavailable, "/forgot-password")
	}
	account := without.as(ada)
	if account.get("/account/security").Find("#address").Length() != 0 {
		t.Error("the security page offers an email although email is off")
	}
	account.post("/account/verification", nil).is(http.StatusServiceUnavailable, "/account/verification")
	without.visitor().post("/sign-up", signUpFields("Eva", "eva@example.com", password)).is(http.StatusOK, "/sign-in")
}

func TestEmails_haveTheSameContentInHTMLAndText(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	ada := site.user("ada@example.com", `Ada <b>"Bee"</b>`)
	link := site.resetLink("ada@example.com")
	site.visitor().post("/reset-password", resetFields(link, newPassword))
	site.visitor().post("/sign-up", signUpFields("Eva", "eva@example.com", password))
	site.visitor().post("/sign-up", signUpFields("Eva", "ada@example.com", password))

	sent := site.sent.Sent()

	if len(sent) != 4 {
		t.Fatalf("got %d emails, want 4", len(sent))
	}
	for _, message := range sent {
		document, err := goquery.NewDocumentFromReader(strings.NewReader(message.HTML))
		if err != nil {
			t.Fatal(err)
		}
		if document.Find("h1").Length() != 1 || document.Find("html[lang]").Length() != 1 || document.Find("title").Text() != message.Subject {
			t.Errorf("%s: the HTML has no title or heading", message.Subject)
		}
		if document.Find("script, img, link, form, iframe, h1 b").Length() != 0 {
			t.Errorf("%s: the HTML loads something, or contains unescaped input", message.Subject)
		}
		document.Find("a").Each(func(_ int, a *goquery.Selection) {
			if href := a.AttrOr("href", ""); !strings.HasPrefix(href, "https://pergola.example/") || !strings.Contains(message.Text, href) {
				t.Errorf("%s: %q is not in the text", message.Subject, href)
			}
		})
		document.Find("p:not(.site)").Each(func(_ int, p *goquery.Selection) {
			if said := strings.TrimSpace(p.Text()); p.Find("a").Length() == 0 && !strings.Contains(message.Text, said) {
				t.Errorf("%s: the text lacks %q", message.Subject, said)
			}
		})
	}
	if !strings.Contains(sent[0].Text, "Hello "+ada.Name+",") {
		t.Errorf("the text has no greeting: %s", sent[0].Text)
	}
}
