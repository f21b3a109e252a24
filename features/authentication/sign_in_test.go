package authentication_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestSignIn_worksWithoutJavaScript(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	site.user("ada@example.com", "Ada")
	browser := site.visitor()

	form := browser.get("/sign-in").is(http.StatusOK, "/sign-in")
	for field, autocomplete := range map[string]string{"email": "username", "password": "current-password"} {
		if got := form.Find(`form[action="/sign-in"][method="post"] input[name="`+field+`"]`).AttrOr("autocomplete", ""); got != autocomplete {
			t.Errorf("field %s has autocomplete %q, want %q", field, got, autocomplete)
		}
	}
	browser.post("/sign-in", signInFields("  ADA@Example.COM ", password)).is(http.StatusOK, "/")

	browser.signedIn("Ada")
	browser.get("/sign-in?next=/desk").is(http.StatusOK, "/desk") // already signed in
}

func TestSignIn_givesTheBrowserANewToken(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	site.user("ada@example.com", "Ada")
	planted := site.visitorSession()
	victim, attacker := site.with(planted), site.with(planted)

	victim.post("/sign-in", signInFields("ada@example.com", password)).is(http.StatusOK, "/")

	victim.signedIn("Ada")
	if len(planted) != 1 || victim.token() == planted[0].Value {
		t.Errorf("the token from before the sign-in, %v, is still valid", planted)
	}
	attacker.signedIn("")
}

// visitorSession is the cookie of a session in which no user is signed in: it has a
// message for the next page.
func (s *site) visitorSession() []*http.Cookie {
	s.t.Helper()
	form := strings.NewReader(signUpFields("Mallory", "mallory@example.com", password).Encode())
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.url+"/sign-up", form)
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := http.DefaultTransport.RoundTrip(request) // follows no redirect
	if err != nil {
		s.t.Fatal(err)
	}
	_ = response.Body.Close()
	return response.Cookies()
}

func TestSignIn_respondsTheSameToUnknownAddressesAndWrongPasswords(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	site.user("ada@example.com", "Ada")
	answer := func(email string) (page, int64) {
		before := site.hashing.verifications.Load()
		shown := site.visitor().post("/sign-in", signInFields(email, "wrong horse"))
		return shown, site.hashing.verifications.Load() - before
	}

	known, knownWork := answer("ada@example.com")
	unknown, unknownWork := answer("eva@example.com")

	known.is(http.StatusUnprocessableEntity, "/sign-in")
	knownHTML, _ := known.Html()
	unknownHTML, _ := unknown.Html()
	if strings.ReplaceAll(knownHTML, "ada@", "eva@") != unknownHTML || known.Status != unknown.Status {
		t.Errorf("the responses differ:\n%s\n%s", knownHTML, unknownHTML)
	}
	if knownWork != 1 || unknownWork != 1 {
		t.Errorf("%d and %d passwords verified, want 1 each", knownWork, unknownWork)
	}
	if got := known.text("[role=alert]"); got != "Incorrect email or password." {
		t.Errorf("got the message %q", got)
	}
	if known.value("email") != "ada@example.com" || known.value("password") != "" {
		t.Error("want the address in the form, and no password")
	}
}

func TestSignIn_reportsMissingFields(t *testing.T) {
	t.Parallel()
	site := newSite(t)

	shown := site.visitor().post("/sign-in", signInFields("ada", "")).is(http.StatusUnprocessableEntity, "/sign-in")

	if shown.errorOf("email") == "" || shown.errorOf("password") != "Enter your password." || shown.value("email") != "ada" {
		t.Errorf("the errors are %q and %q", shown.errorOf("email"), shown.errorOf("password"))
	}
}

func TestSignIn_redirectsToThisSiteOnly(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	site.user("ada@example.com", "Ada")
	for next, want := range map[string]string{
		"/desk": "/desk", "/desk?q=a+b&x=%26": "/desk?q=a+b&x=%26", "": "/", "desk": "/",
		"//evil.example": "/", `/\evil.example`: "/", `\\evil.example`: "/", "http://evil.example": "/", "https:evil.example": "/",
		"javascript:alert(1)": "/", "/\t/evil.example": "/", "/\n/evil.example": "/", " //evil.example": "/", "///evil.example": "/",
	} {
		browser := site.visitor()
		form := browser.get("/sign-in?" + url.Values{"next": {next}}.Encode())
		if carried := form.value("next"); carried != strings.TrimPrefix(want, "/") && carried != want {
			t.Errorf("next %q is in the form as %q", next, carried)
		}
		fields := signInFields("ada@example.com", password)
		fields.Set("next", next)

		browser.post("/sign-in", fields).is(http.StatusOK, want)
	}
}

func TestSignIn_keepsNextWhenItFails(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	fields := signInFields("ada@example.com", "wrong horse")
	fields.Set("next", "/desk")

	shown := site.visitor().post("/sign-in", fields)

	if shown.value("next") != "/desk" || shown.Find(`a[href="/sign-up?next=%2Fdesk"]`).Length() != 1 {
		t.Error("next is lost")
	}
}

func TestSignIn_rehashesStaleHashes(t *testing.T) {
	t.Parallel()
	options := cheap
	options.Passes = 2
	site := newSite(t, func(s *setup) { s.passwords = options })
	user := site.user("ada@example.com", "Ada") // hashed with one pass

	site.visitor().post("/sign-in", signInFields("ada@example.com", password)).is(http.StatusOK, "/")

	hash, err := site.passwords.Find(t.Context(), user.ID)
	if err != nil || !strings.Contains(hash, ",t=2,") {
		t.Errorf("hash = %s, %v, want 2 passes", hash, err)
	}
	site.visitor().post("/sign-in", signInFields("ada@example.com", password)).is(http.StatusOK, "/")
}

func TestSignIn_failsIfThePasswordIsChangedMeanwhile(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	user := site.user("ada@example.com", "Ada")
	change := func() { site.setPassword(user, "another horse") }
	site.hashing.meanwhile.Store(&change)

	browser := site.visitor()
	browser.post("/sign-in", signInFields("ada@example.com", password)).is(http.StatusUnprocessableEntity, "/sign-in")

	browser.signedIn("")
}

func TestSignIn_failsIfTheAccountIsDeletedMeanwhile(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	user := site.user("ada@example.com", "Ada")
	remove := func() {
		if err := site.users.Delete(t.Context(), user.ID); err != nil {
			t.Error(err)
		}
	}
	site.hashing.meanwhile.Store(&remove)

	browser := site.visitor()
	browser.post("/sign-in", signInFields("ada@example.com", password)).is(http.StatusUnprocessableEntity, "/sign-in")

	browser.signedIn("")
}

func TestSignOut_endsTheSession(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	user := site.user("ada@example.com", "Ada")
	browser, other := site.as(user), site.as(user)
	stolen := browser.Cookies()

	browser.post("/sign-out", nil).is(http.StatusOK, "/")

	browser.signedIn("")
	if browser.token() != "" {
		t.Error("the browser still has the cookie")
	}
	other.signedIn("Ada")
	site.with(stolen).signedIn("")
	if notified := site.watcher.Calls(); len(notified) != 1 || !strings.HasPrefix(notified[0], "session ended ") {
		t.Errorf("the watcher was notified of %q, want one ended session", notified)
	}
	browser.post("/sign-out", nil).is(http.StatusOK, "/") // can be repeated
}
