package accounts_test

import (
	"errors"
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
	"example.com/pergola/core/mail/mailtest"
	"example.com/pergola/features/accounts"
)

const newPassword = "battery staple"

var linkPattern = regexp.MustCompile(`https://pergola\.example(/(?:reset-password|verify-email)\?token=[A-Za-z0-9_-]{43})\n`)

// link is where the last letter to an address leads.
func (s *site) link(email string) string {
	s.t.Helper()
	sent := s.outgoing.SentTo(email)
	if len(sent) == 0 {
		s.t.Fatalf("no letter to %s", email)
	}
	found := linkPattern.FindStringSubmatch(sent[len(sent)-1].Text)
	if found == nil {
		s.t.Fatalf("the letter to %s has no link: %s", email, sent[len(sent)-1].Text)
	}
	return found[1]
}

// resetLink asks for a new password and returns where the letter leads.
func (s *site) resetLink(email string) string {
	s.t.Helper()
	s.visitor().post("/forgot-password", url.Values{"email": {email}}).is(http.StatusOK, "/forgot-password")
	return s.link(strings.ToLower(strings.TrimSpace(email)))
}

func resetFields(link, password string) url.Values {
	_, token, _ := strings.Cut(link, "token=")
	return url.Values{"token": {token}, "password": {password}}
}

func TestResetPassword_givesAnotherPasswordAndSignsOutEverywhere(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		site := newSite(t, s)
		ada := site.user("ada@example.com", "Ada")
		elsewhere := site.as(ada)
		somebody := site.as(site.user("grace@example.com", "Grace"))
		link := site.resetLink(" Ada@Example.com")
		browser := site.visitor()
		form := browser.get(link).is(http.StatusOK, link)
		if form.value("username") != "ada@example.com" || form.Find(`input[name="password"]`).AttrOr("autocomplete", "") != "new-password" {
			t.Error("a password manager learns nothing from the form")
		}

		shown := browser.post("/reset-password", resetFields(link, newPassword)).is(http.StatusOK, "/sign-in")

		if !strings.HasPrefix(shown.text("#flash"), "Your password is changed, and every device is signed out.") {
			t.Errorf("the page says %q", shown.text("#flash"))
		}
		browser.signedIn("")
		elsewhere.signedIn("")
		somebody.signedIn("Grace")
		if told := site.watcher.Told(); !slices.Contains(told, "user signed out "+ada.ID) {
			t.Errorf("told %v, so nobody closes the sockets", told)
		}
		site.visitor().post("/sign-in", signInFields("ada@example.com", password)).is(http.StatusUnprocessableEntity, "/sign-in")
		browser.post("/sign-in", signInFields("ada@example.com", newPassword)).is(http.StatusOK, "/")
		if found, err := s.users.Find(t.Context(), ada.ID); err != nil || !found.Verified() {
			t.Errorf("verified: %v, %v; who read the letter has the address", found.Verified(), err)
		}
		sent := site.outgoing.SentTo("ada@example.com")
		if len(sent) != 2 || sent[1].Subject != "Your password was changed" {
			t.Errorf("got %d letters, want one that tells of the change", len(sent))
		}
	})
}

func TestResetPassword_worksOnce(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		site := newSite(t, s)
		site.user("ada@example.com", "Ada")
		first, second := site.resetLink("ada@example.com"), site.resetLink("ada@example.com")
		if first == second {
			t.Fatal("two letters have the same link")
		}
		var working sync.WaitGroup
		var mu sync.Mutex
		statuses := map[int]int{}
		for range 4 {
			working.Go(func() {
				shown := site.visitor().post("/reset-password", resetFields(first, newPassword))
				mu.Lock()
				defer mu.Unlock()
				statuses[shown.status]++
			})
		}
		working.Wait()

		if statuses[http.StatusOK] != 1 || statuses[http.StatusNotFound] != 3 {
			t.Errorf("statuses %v, want 200 once and 404 otherwise", statuses)
		}
		for _, link := range []string{first, second} {
			if shown := site.visitor().get(link); shown.status != http.StatusNotFound || shown.Find("[data-dead-link] a[href='/forgot-password']").Length() != 1 {
				t.Errorf("%s answers %d: %s", link, shown.status, shown.Text())
			}
			site.visitor().post("/reset-password", resetFields(link, "yet another horse")).is(http.StatusNotFound, "/reset-password")
		}
		site.visitor().post("/sign-in", signInFields("ada@example.com", newPassword)).is(http.StatusOK, "/")
	})
}

// Programs that look into mail before its reader does open every link.
func TestResetPassword_isNotUsedUpByLooking(t *testing.T) {
	t.Parallel()
	site := newSite(t, memoryStorage(t))
	site.user("ada@example.com", "Ada")
	link := site.resetLink("ada@example.com")

	for range 3 {
		site.visitor().get(link).is(http.StatusOK, link)
	}

	site.visitor().post("/reset-password", resetFields(link, newPassword)).is(http.StatusOK, "/sign-in")
}

func TestResetPassword_expires(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		site := newSite(t, s)
		site.user("ada@example.com", "Ada")
		link := site.resetLink("ada@example.com")
		site.now.Store(int64(29 * time.Minute))
		site.visitor().get(link).is(http.StatusOK, link)

		site.now.Store(int64(30 * time.Minute))

		site.visitor().get(link).is(http.StatusNotFound, link)
		site.visitor().post("/reset-password", resetFields(link, newPassword)).is(http.StatusNotFound, "/reset-password")
		site.visitor().post("/sign-in", signInFields("ada@example.com", password)).is(http.StatusOK, "/")
	})
}

func TestResetPassword_refusesWhatWillNotDo(t *testing.T) {
	t.Parallel()
	site := newSite(t, memoryStorage(t))
	ada := site.user("ada@example.com", "Ada")
	link := site.resetLink("ada@example.com")
	work := site.passwords.hashes.Load()

	shown := site.visitor().post("/reset-password", resetFields(link, "short")).is(http.StatusUnprocessableEntity, "/reset-password")
	if got := shown.wrong("password"); got != "Use 12 characters or more." {
		t.Errorf("beside the password stands %q", got)
	}
	if shown.value("token") == "" {
		t.Error("the form has lost its link")
	}
	for _, token := range []string{"", "x", strings.Repeat("A", 43), strings.Repeat("A", 10_000), "\x00"} {
		site.visitor().post("/reset-password", url.Values{"token": {token}, "password": {newPassword}}).is(http.StatusNotFound, "/reset-password")
		site.visitor().get("/reset-password?"+url.Values{"token": {token}}.Encode()).is(http.StatusNotFound, "/reset-password?"+url.Values{"token": {token}}.Encode())
	}
	if got := site.passwords.hashes.Load(); got != work {
		t.Errorf("%d passwords were hashed without a link", got-work)
	}
	verification := strings.Replace(link, "reset-password", "verify-email", 1)
	site.visitor().get(verification).is(http.StatusNotFound, verification)
	site.visitor().post("/verify-email", resetFields(link, "")).is(http.StatusNotFound, "/verify-email")

	site.visitor().post("/reset-password", resetFields(link, newPassword)).is(http.StatusOK, "/sign-in")
	if found, _ := site.users.Find(t.Context(), ada.ID); !found.Verified() {
		t.Error("the link does not work after all that")
	}
}

func TestResetPassword_isNotForLockedAndGoneUsers(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		site := newSite(t, s)
		locked, gone := site.user("ada@example.com", "Ada"), site.user("eva@example.com", "Eva")
		links := []string{site.resetLink("ada@example.com"), site.resetLink("eva@example.com")}
		locked.LockedAt = noon
		if err := errors.Join(s.users.Save(t.Context(), locked), s.users.Delete(t.Context(), gone.ID)); err != nil {
			t.Fatal(err)
		}

		for _, link := range links {
			site.visitor().get(link).is(http.StatusNotFound, link)
			site.visitor().post("/reset-password", resetFields(link, newPassword)).is(http.StatusNotFound, "/reset-password")
		}
		letters := len(site.outgoing.Sent())
		site.visitor().post("/forgot-password", url.Values{"email": {"ada@example.com"}}).is(http.StatusOK, "/forgot-password")
		if got := len(site.outgoing.Sent()); got != letters {
			t.Error("who is locked out gets a letter")
		}
	})
}

func TestForgotPassword_answersAlikeForEveryAddress(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		site := newSite(t, s)
		site.user("ada@example.com", "Ada")
		answer := func(email string) string {
			shown := site.visitor().post("/forgot-password", url.Values{"email": {email}}).is(http.StatusOK, "/forgot-password")
			html, _ := shown.Html()
			return strings.ReplaceAll(html, email, "")
		}

		known, unknown := answer("ada@example.com"), answer("eva@example.com")

		if known != unknown {
			t.Errorf("the answers differ:\n%s\n%s", known, unknown)
		}
		if len(site.outgoing.SentTo("ada@example.com")) != 1 || len(site.outgoing.Sent()) != 1 {
			t.Errorf("letters: %v, want one to ada", site.outgoing.Sent())
		}
		shown := site.visitor().post("/forgot-password", url.Values{"email": {"ada"}}).is(http.StatusUnprocessableEntity, "/forgot-password")
		if shown.wrong("email") == "" || shown.value("email") != "ada" {
			t.Error("the page does not say what is wrong")
		}
	})
}

// slowTokens take their time, as a busy database does.
type slowTokens struct{ accounts.Tokens }

func TestForgotPassword_takesTheSameTimeForEveryAddress(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := memoryStorage(t)
		s.create(t, newUser("ada@example.com"))
		for _, work := range []time.Duration{0, 20 * time.Millisecond, 250 * time.Millisecond} {
			now := func() time.Time { time.Sleep(work / 2); return time.Now() } // twice for each letter
			postman := accounts.NewPostman(slowTokens{s.tokens}, mailtest.NewRecorder(), "https://pergola.example", now)
			request := accounts.NewRequestPasswordReset(s.users, postman, s.tx, accounts.DefaultPace)
			took := func(email string) time.Duration {
				begin := time.Now()
				if err := request(t.Context(), email); err != nil {
					t.Fatal(err)
				}
				return time.Since(begin)
			}

			known, unknown := took("ada@example.com"), took("eva@example.com")

			if known != unknown || known != time.Duration(accounts.DefaultPace) {
				t.Errorf("with %v of work: %v for an address that is known and %v for another, want %v", work, known, unknown, accounts.DefaultPace)
			}
		}
	})
}

func TestForgotPassword_isBoundedByClientAndAddress(t *testing.T) {
	t.Parallel()
	ask := func(site *site, email string) page {
		return site.visitor().post("/forgot-password", url.Values{"email": {email}})
	}
	byEmail := newSite(t, memoryStorage(t), limited(func(l *accounts.Limits) { l.ResetByEmail = two }))
	byClient := newSite(t, memoryStorage(t), limited(func(l *accounts.Limits) { l.ResetByClient = two }))
	links := newSite(t, memoryStorage(t), limited(func(l *accounts.Limits) { l.LinkByClient = two }))
	byEmail.user("ada@example.com", "Ada")
	for range 2 {
		ask(byEmail, "ada@example.com").is(http.StatusOK, "/forgot-password")
		ask(byEmail, "eva@example.com").is(http.StatusOK, "/forgot-password")
		ask(byClient, "ada@example.com").is(http.StatusOK, "/forgot-password")
		links.visitor().post("/reset-password", url.Values{"token": {"x"}}).is(http.StatusNotFound, "/reset-password")
	}

	ask(byEmail, " ADA@example.com").refused(t)
	ask(byEmail, "eva@example.com").refused(t)
	ask(byClient, "grace@example.com").refused(t)
	links.visitor().post("/reset-password", url.Values{"token": {"x"}}).refused(t)

	if got := len(byEmail.outgoing.Sent()); got != 2 {
		t.Errorf("%d letters, want 2", got)
	}
}

func TestLinks_areKeptFromReferersCachesAndTheTable(t *testing.T) {
	t.Parallel()
	s := memoryStorage(t)
	site := newSite(t, s)
	site.user("ada@example.com", "Ada")
	link := site.resetLink("ada@example.com")

	for _, path := range []string{link, "/reset-password?token=dead", "/verify-email?token=dead"} {
		header := site.visitor().get(path).header
		if header.Get("Referrer-Policy") != "no-referrer" || header.Get("Cache-Control") != "no-store" || header.Get("X-Robots-Tag") != "noindex" {
			t.Errorf("%s: headers %v", path, header)
		}
	}
	shown := site.visitor().get(link)
	_, secret, _ := strings.Cut(link, "token=")
	html, _ := shown.Html()
	if strings.Count(html, secret) != 1 || shown.value("token") != secret {
		t.Errorf("the secret stands %d times in the page, want once, in its form", strings.Count(html, secret))
	}
	if _, err := s.tokens.Find(t.Context(), []byte(secret)); !errors.Is(err, fault.NotFound) {
		t.Error("the secret itself is stored")
	}
}

func TestForgotPassword_isOfferedOnlyWhereMailIsSent(t *testing.T) {
	t.Parallel()
	with := newSite(t, memoryStorage(t))
	without := newSite(t, memoryStorage(t), func(chosen *setup) { chosen.sender = mail.Off() })
	ada := without.user("ada@example.com", "Ada")

	if with.visitor().get("/sign-in").Find("a[href='/forgot-password']").Length() != 1 {
		t.Error("the way back is not offered")
	}
	if without.visitor().get("/sign-in").Find("a[href='/forgot-password']").Length() != 0 {
		t.Error("a way back that leads nowhere is offered")
	}
	shown := without.visitor().get("/forgot-password").is(http.StatusOK, "/forgot-password")
	if shown.Find("form").Length() != 0 || !strings.Contains(shown.Text(), "does not send mail") {
		t.Errorf("the page says %q", shown.Text())
	}
	for _, email := range []string{"ada@example.com", "eva@example.com"} {
		without.visitor().post("/forgot-password", url.Values{"email": {email}}).is(http.StatusServiceUnavailable, "/forgot-password")
	}
	account := without.as(ada)
	if account.get("/account").Find("#address").Length() != 0 {
		t.Error("the account page offers a letter that nobody sends")
	}
	account.post("/account/verification", nil).is(http.StatusServiceUnavailable, "/account/verification")
	without.visitor().post("/sign-up", signUpFields("Eva", "eva@example.com", password)).is(http.StatusOK, "/sign-in")
}

func TestLetters_sayTheSameInHTMLAndText(t *testing.T) {
	t.Parallel()
	site := newSite(t, memoryStorage(t))
	ada := site.user("ada@example.com", `Ada <b>"Bee"</b>`)
	link := site.resetLink("ada@example.com")
	site.visitor().post("/reset-password", resetFields(link, newPassword))
	site.visitor().post("/sign-up", signUpFields("Eva", "eva@example.com", password))
	site.visitor().post("/sign-up", signUpFields("Eva", "ada@example.com", password))

	sent := site.outgoing.Sent()

	if len(sent) != 4 {
		t.Fatalf("got %d letters, want 4", len(sent))
	}
	for _, message := range sent {
		document, err := goquery.NewDocumentFromReader(strings.NewReader(message.HTML))
		if err != nil {
			t.Fatal(err)
		}
		if document.Find("h1").Length() != 1 || document.Find("html[lang]").Length() != 1 || document.Find("title").Text() != message.Subject {
			t.Errorf("%s: the HTML is no document with a title", message.Subject)
		}
		if document.Find("script, img, link, form, iframe, h1 b").Length() != 0 {
			t.Errorf("%s: the HTML asks for something, or holds what was typed as HTML", message.Subject)
		}
		document.Find("a").Each(func(_ int, a *goquery.Selection) {
			if href := a.AttrOr("href", ""); !strings.HasPrefix(href, "https://pergola.example/") || !strings.Contains(message.Text, href) {
				t.Errorf("%s: %q is not in the text", message.Subject, href)
			}
		})
		document.Find("p:not(.site)").Each(func(_ int, p *goquery.Selection) {
			if said := strings.TrimSpace(p.Text()); p.Find("a").Length() == 0 && !strings.Contains(message.Text, said) {
				t.Errorf("%s: the text does not say %q", message.Subject, said)
			}
		})
	}
	if !strings.Contains(sent[0].Text, "Hello "+ada.Name+",") {
		t.Errorf("the text greets nobody: %s", sent[0].Text)
	}
}
