package accounts_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"example.com/pergola/features/accounts"
)

func TestSignUp_sendsALetterThatConfirmsTheAddress(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		site := newSite(t, s)
		browser := site.visitor()
		shown := browser.post("/sign-up", signUpFields("Ada", "ada@example.com", password)).is(http.StatusOK, "/sign-in")
		if !strings.Contains(shown.text("#flash"), "We have sent a letter") {
			t.Errorf("the page says %q", shown.text("#flash"))
		}
		browser.post("/sign-in", signInFields("ada@example.com", password)).is(http.StatusOK, "/")
		if account := browser.get("/account"); !strings.Contains(account.text("#address"), "not confirmed") {
			t.Errorf("the account says %q, want that the address is not confirmed", account.text("#address"))
		}
		link := site.link("ada@example.com")

		for range 2 {
			if page := browser.get(link).is(http.StatusOK, link); !strings.Contains(page.Text(), "ada@example.com") {
				t.Error("the page does not say which address it is about")
			}
		}
		shown = browser.post("/verify-email", resetFields(link, "")).is(http.StatusOK, "/account")

		if shown.text("#flash") != "Your address is confirmed. Thank you." || strings.Contains(shown.text("#address"), "not confirmed") || !strings.Contains(shown.text("#address"), "confirmed") {
			t.Errorf("the page says %q and %q", shown.text("#flash"), shown.text("#address"))
		}
		browser.get(link).is(http.StatusNotFound, link)
		browser.post("/verify-email", resetFields(link, "")).is(http.StatusNotFound, "/verify-email")
	})
}

func TestVerifyEmail_needsNobodyToBeSignedIn(t *testing.T) {
	t.Parallel()
	site := newSite(t, memoryStorage(t))
	site.visitor().post("/sign-up", signUpFields("Ada", "ada@example.com", password))
	stranger := site.visitor()

	stranger.post("/verify-email", resetFields(site.link("ada@example.com"), "")).is(http.StatusOK, "/sign-in")

	stranger.signedIn("")
	if found, err := site.users.FindByEmail(t.Context(), "ada@example.com"); err != nil || !found.Verified() {
		t.Errorf("verified: %v, %v", found.Verified(), err)
	}
}

func TestVerifyEmail_expiresAfterTwoDays(t *testing.T) {
	t.Parallel()
	site := newSite(t, memoryStorage(t))
	site.visitor().post("/sign-up", signUpFields("Ada", "ada@example.com", password))
	link := site.link("ada@example.com")
	site.now.Store(int64(48*time.Hour - time.Minute))
	site.visitor().get(link).is(http.StatusOK, link)

	site.now.Store(int64(48 * time.Hour))

	site.visitor().get(link).is(http.StatusNotFound, link)
	site.visitor().post("/verify-email", resetFields(link, "")).is(http.StatusNotFound, "/verify-email")
}

// A link confirms the address that it was sent to, and no other.
func TestVerifyEmail_isForTheAddressItWasSentTo(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		site := newSite(t, s)
		site.visitor().post("/sign-up", signUpFields("Ada", "ada@example.com", password))
		link := site.link("ada@example.com")
		ada, err := s.users.FindByEmail(t.Context(), "ada@example.com")
		if err != nil {
			t.Fatal(err)
		}
		ada.Email = "countess@example.com"
		if err := s.users.Save(t.Context(), ada); err != nil {
			t.Fatal(err)
		}

		site.visitor().post("/verify-email", resetFields(link, "")).is(http.StatusNotFound, "/verify-email")
	})
}

func TestVerifyEmail_sendsTheLetterAgain(t *testing.T) {
	t.Parallel()
	site := newSite(t, memoryStorage(t), limited(func(l *accounts.Limits) { l.LetterByUser = two }))
	ada := site.user("ada@example.com", "Ada")
	browser := site.as(ada)

	for range 2 {
		shown := browser.post("/account/verification", url.Values{}).is(http.StatusOK, "/account")
		if shown.text("#flash") != "A letter is on its way to you." {
			t.Errorf("the page says %q", shown.text("#flash"))
		}
	}
	browser.post("/account/verification", url.Values{}).refused(t)

	if got := len(site.outgoing.SentTo("ada@example.com")); got != 2 {
		t.Errorf("%d letters, want 2", got)
	}
	site.visitor().post("/account/verification", url.Values{}).is(http.StatusUnauthorized, "/account/verification")
}

func TestSignUp_tellsTheOwnerOfATakenAddress(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		site := newSite(t, s)
		site.user("ada@example.com", "Ada")

		site.visitor().post("/sign-up", signUpFields("Eva", "ada@example.com", password)).is(http.StatusOK, "/sign-in")

		sent := site.outgoing.Sent()
		if len(sent) != 1 || sent[0].To != "ada@example.com" || sent[0].Subject != "You have an account already" || strings.Contains(sent[0].Text, "Eva") {
			t.Errorf("letters: %+v, want one that tells ada, and nothing of who it was", sent)
		}
	})
}

// A letter and what it is about are stored together, or neither is.
func TestSignUp_makesNoAccountIfTheLetterIsNotTakenOver(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		site := newSite(t, s)
		site.outgoing.Fail(errors.New("the queue is closed"))

		site.visitor().post("/sign-up", signUpFields("Ada", "ada@example.com", password)).is(http.StatusInternalServerError, "/sign-up")

		if all, err := s.users.List(t.Context(), accounts.UsersQuery{Limit: 10}); err != nil || len(all) != 0 {
			t.Errorf("%d accounts, %v, want none", len(all), err)
		}
	})
}
