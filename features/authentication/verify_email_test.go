package authentication_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"example.com/pergola/features/accounts"
	"example.com/pergola/features/authentication"
)

func TestSignUp_emailsALinkToVerifyTheAddress(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	browser := site.visitor()
	shown := browser.post("/sign-up", signUpFields("Ada", "ada@example.com", password)).is(http.StatusOK, "/sign-in")
	if !strings.Contains(shown.text("#flash"), "We also sent an email") {
		t.Errorf("got the message %q", shown.text("#flash"))
	}
	browser.post("/sign-in", signInFields("ada@example.com", password)).is(http.StatusOK, "/")
	if account := browser.get("/account/security"); !strings.Contains(account.text("#address"), "Not verified") {
		t.Errorf("the page shows %q, want that the address is not verified", account.text("#address"))
	}
	link := site.link("ada@example.com")

	for range 2 {
		if page := browser.get(link).is(http.StatusOK, link); !strings.Contains(page.Text(), "ada@example.com") {
			t.Error("the page does not show the address")
		}
	}
	shown = browser.post("/verify-email", resetFields(link, "")).is(http.StatusOK, "/account/security")

	if shown.text("#flash") != "Your email address is verified. Thank you." || strings.Contains(shown.text("#address"), "Not verified") || !strings.Contains(shown.text("#address"), "Verified") {
		t.Errorf("got the message %q and the state %q", shown.text("#flash"), shown.text("#address"))
	}
	browser.get(link).is(http.StatusNotFound, link)
	browser.post("/verify-email", resetFields(link, "")).is(http.StatusNotFound, "/verify-email")
}

func TestVerifyEmail_requiresNoSignIn(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	site.visitor().post("/sign-up", signUpFields("Ada", "ada@example.com", password))
	browser := site.visitor()

	browser.post("/verify-email", resetFields(site.link("ada@example.com"), "")).is(http.StatusOK, "/sign-in")

	browser.signedIn("")
	if found, err := site.users.FindByEmail(t.Context(), "ada@example.com"); err != nil || !found.Verified() {
		t.Errorf("verified: %v, %v", found.Verified(), err)
	}
}

func TestVerifyEmail_expiresAfterTwoDays(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	site.visitor().post("/sign-up", signUpFields("Ada", "ada@example.com", password))
	link := site.link("ada@example.com")
	site.offset.Store(int64(48*time.Hour - time.Minute))
	site.visitor().get(link).is(http.StatusOK, link)

	site.offset.Store(int64(48 * time.Hour))

	site.visitor().get(link).is(http.StatusNotFound, link)
	site.visitor().post("/verify-email", resetFields(link, "")).is(http.StatusNotFound, "/verify-email")
}

func TestVerifyEmail_verifiesOnlyTheAddressItWasSentTo(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	site.visitor().post("/sign-up", signUpFields("Ada", "ada@example.com", password))
	link := site.link("ada@example.com")
	ada, err := site.users.FindByEmail(t.Context(), "ada@example.com")
	if err != nil {
		t.Fatal(err)
	}
	ada.Email = "countess@example.com"
	if err := site.users.Save(t.Context(), ada); err != nil {
		t.Fatal(err)
	}

	site.visitor().post("/verify-email", resetFields(link, "")).is(http.StatusNotFound, "/verify-email")
}

func TestRequestVerification_sendsTheEmailAgain(t *testing.T) {
	t.Parallel()
	site := newSite(t, limits(func(l *authentication.RateLimits) { l.VerificationByUser = two }))
	ada := site.user("ada@example.com", "Ada")
	browser := site.as(ada)

	for range 2 {
		shown := browser.post("/account/verification", url.Values{}).is(http.StatusOK, "/account/security")
		if shown.text("#flash") != "We sent you an email. Open the link in it to verify your address." {
			t.Errorf("got the message %q", shown.text("#flash"))
		}
	}
	browser.post("/account/verification", url.Values{}).wantTooMany(t)

	if got := len(site.sent.SentTo("ada@example.com")); got != 2 {
		t.Errorf("%d emails, want 2", got)
	}
	site.visitor().post("/account/verification", url.Values{}).is(http.StatusUnauthorized, "/account/verification")
}

func TestSignUp_notifiesTheOwnerOfATakenAddress(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	site.user("ada@example.com", "Ada")

	site.visitor().post("/sign-up", signUpFields("Eva", "ada@example.com", password)).is(http.StatusOK, "/sign-in")

	sent := site.sent.Sent()
	if len(sent) != 1 || sent[0].To != "ada@example.com" || sent[0].Subject != "You already have an account" || strings.Contains(sent[0].Text, "Eva") {
		t.Errorf("emails: %+v, want one to ada that does not say who it was", sent)
	}
}

// The account and its email are stored together, or neither is.
func TestSignUp_createsNoAccountIfTheEmailCannotBeQueued(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	site.sent.Fail(errors.New("the queue is closed"))

	site.visitor().post("/sign-up", signUpFields("Ada", "ada@example.com", password)).is(http.StatusInternalServerError, "/sign-up")

	if all, err := site.users.List(t.Context(), accounts.UsersQuery{Limit: 10}); err != nil || len(all) != 0 {
		t.Errorf("%d accounts, %v, want none", len(all), err)
	}
}
