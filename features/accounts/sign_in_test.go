package accounts_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"example.com/pergola/features/accounts"
)

func TestSignIn_worksWithoutJavaScript(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		site := newSite(t, s)
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
		browser.get("/sign-in?next=/desk").is(http.StatusOK, "/desk") // nothing to do here any more
	})
}

func TestSignIn_givesTheBrowserANewToken(t *testing.T) {
	t.Parallel()
	site := newSite(t, memoryStorage(t))
	site.user("ada@example.com", "Ada")
	victim, attacker := site.visitor(), site.visitor()
	attacker.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	attacker.post("/sign-up", signUpFields("Mallory", "mallory@example.com", password)) // has a message waiting, and so a session
	planted := attacker.http.Jar.Cookies(mustParse(t, site.url))
	victim.jar(planted)

	victim.post("/sign-in", signInFields("ada@example.com", password)).is(http.StatusOK, "/")

	victim.signedIn("Ada")
	if len(planted) != 1 || victim.cookie() == planted[0].Value {
		t.Errorf("the token from before the sign-in, %v, is that of the session", planted)
	}
	attacker.signedIn("")
}

func mustParse(t *testing.T, address string) *url.URL {
	t.Helper()
	parsed, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func TestSignIn_answersAlikeForUnknownAddressesAndWrongPasswords(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		site := newSite(t, s)
		site.user("ada@example.com", "Ada")
		answer := func(email string) (page, int64) {
			before := site.passwords.verifications.Load()
			shown := site.visitor().post("/sign-in", signInFields(email, "wrong horse"))
			return shown, site.passwords.verifications.Load() - before
		}

		known, knownWork := answer("ada@example.com")
		unknown, unknownWork := answer("eva@example.com")

		known.is(http.StatusUnprocessableEntity, "/sign-in")
		knownHTML, _ := known.Html()
		unknownHTML, _ := unknown.Html()
		if strings.ReplaceAll(knownHTML, "ada@", "eva@") != unknownHTML || known.status != unknown.status {
			t.Errorf("the answers differ:\n%s\n%s", knownHTML, unknownHTML)
		}
		if knownWork != 1 || unknownWork != 1 {
			t.Errorf("%d and %d passwords verified, want 1 each", knownWork, unknownWork)
		}
		if got := known.text("[role=alert]"); got != "This address and password do not belong together." {
			t.Errorf("the page says %q", got)
		}
		if known.value("email") != "ada@example.com" || known.value("password") != "" {
			t.Error("the address is not kept, or the password is")
		}
	})
}

func TestSignIn_saysWhatIsMissing(t *testing.T) {
	t.Parallel()
	site := newSite(t, memoryStorage(t))

	shown := site.visitor().post("/sign-in", signInFields("ada", "")).is(http.StatusUnprocessableEntity, "/sign-in")

	if shown.wrong("email") == "" || shown.wrong("password") != "Enter your password." || shown.value("email") != "ada" {
		t.Errorf("beside the fields stands %q and %q", shown.wrong("email"), shown.wrong("password"))
	}
}

func TestSignIn_leadsBackToThisSiteOnly(t *testing.T) {
	t.Parallel()
	site := newSite(t, memoryStorage(t))
	site.user("ada@example.com", "Ada")
	for next, want := range map[string]string{
		"/desk": "/desk", "/desk?q=a+b&x=%26": "/desk?q=a+b&x=%26", "": "/", "desk": "/",
		"//evil.example": "/", `/\evil.example`: "/", `\\evil.example`: "/", "http://evil.example": "/", "https:evil.example": "/",
		"javascript:alert(1)": "/", "/\t/evil.example": "/", "/\n/evil.example": "/", " //evil.example": "/", "///evil.example": "/",
	} {
		browser := site.visitor()
		form := browser.get("/sign-in?" + url.Values{"next": {next}}.Encode())
		if carried := form.value("next"); carried != strings.TrimPrefix(want, "/") && carried != want {
			t.Errorf("next %q is carried as %q", next, carried)
		}
		fields := signInFields("ada@example.com", password)
		fields.Set("next", next)

		browser.post("/sign-in", fields).is(http.StatusOK, want)
	}
}

func TestSignIn_keepsTheWayBackWhenItFails(t *testing.T) {
	t.Parallel()
	site := newSite(t, memoryStorage(t))
	fields := signInFields("ada@example.com", "wrong horse")
	fields.Set("next", "/desk")

	shown := site.visitor().post("/sign-in", fields)

	if shown.value("next") != "/desk" || shown.Find(`a[href="/sign-up?next=%2Fdesk"]`).Length() != 1 {
		t.Error("the way back is lost")
	}
}

func TestSignIn_hashesAnewWhatIsStale(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		options := cheap
		options.Passes = 2
		site := newSite(t, s, func(chosen *setup) { chosen.passwords = accounts.NewPasswords(options) })
		user := site.user("ada@example.com", "Ada") // hashed with one pass

		site.visitor().post("/sign-in", signInFields("ada@example.com", password)).is(http.StatusOK, "/")

		found, err := s.users.Find(t.Context(), user.ID)
		if err != nil || !strings.Contains(found.PasswordHash, ",t=2,") {
			t.Errorf("hash = %s, %v, want it made with 2 passes", found.PasswordHash, err)
		}
		site.visitor().post("/sign-in", signInFields("ada@example.com", password)).is(http.StatusOK, "/")
	})
}

func TestSignIn_doesNotOutrunAChangeOfThePassword(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		site := newSite(t, s)
		user := site.user("ada@example.com", "Ada")
		change := func() {
			user.PasswordHash = mustHash(t, site.passwords.Passwords, "another horse")
			if err := s.users.Save(t.Context(), user); err != nil {
				t.Error(err)
			}
		}
		site.passwords.meanwhile.Store(&change)

		browser := site.visitor()
		browser.post("/sign-in", signInFields("ada@example.com", password)).is(http.StatusUnprocessableEntity, "/sign-in")

		browser.signedIn("")
	})
}

func TestSignIn_doesNotOutrunTheEndOfTheAccount(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		site := newSite(t, s)
		user := site.user("ada@example.com", "Ada")
		remove := func() {
			if err := s.users.Delete(t.Context(), user.ID); err != nil {
				t.Error(err)
			}
		}
		site.passwords.meanwhile.Store(&remove)

		browser := site.visitor()
		browser.post("/sign-in", signInFields("ada@example.com", password)).is(http.StatusUnprocessableEntity, "/sign-in")

		browser.signedIn("")
	})
}

func TestSignOut_endsTheSession(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		site := newSite(t, s)
		user := site.user("ada@example.com", "Ada")
		browser, other := site.as(user), site.as(user)
		stolen := browser.http.Jar.Cookies(mustParse(t, site.url))

		browser.post("/sign-out", nil).is(http.StatusOK, "/")

		browser.signedIn("")
		if browser.cookie() != "" {
			t.Error("the browser still holds a cookie")
		}
		other.signedIn("Ada")
		thief := site.visitor()
		thief.jar(stolen)
		thief.signedIn("")
		if told := site.watcher.Told(); len(told) != 1 || !strings.HasPrefix(told[0], "session ended ") {
			t.Errorf("watcher was told %q, want that one session ended", told)
		}
		browser.post("/sign-out", nil).is(http.StatusOK, "/") // twice is no failure
	})
}
