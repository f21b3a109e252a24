package accounts_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.com/pergola/features/accounts"
)

func limited(change func(*accounts.Limits)) func(*setup) {
	return func(chosen *setup) { change(&chosen.limits) }
}

var two = accounts.Limit{Requests: 2, Window: time.Hour}

// refused fails the test unless the page says to come again later.
func (p page) refused(t *testing.T) {
	t.Helper()
	wait, _ := strconv.Atoi(p.header.Get("Retry-After"))
	if p.status != http.StatusTooManyRequests || wait <= 0 || !strings.Contains(p.Text(), "Please wait some minutes") {
		t.Errorf("status %d, Retry-After %q, text %q, want 429", p.status, p.header.Get("Retry-After"), p.Text())
	}
}

func TestLimits_boundSignInsByClient(t *testing.T) {
	t.Parallel()
	site := newSite(t, memoryStorage(t), limited(func(l *accounts.Limits) { l.SignInByClient = two }))
	site.user("ada@example.com", "Ada")
	for _, email := range []string{"a@example.com", "b@example.com"} {
		site.visitor().post("/sign-in", signInFields(email, "wrong horse")).is(http.StatusUnprocessableEntity, "/sign-in")
	}

	site.visitor().post("/sign-in", signInFields("ada@example.com", password)).refused(t)

	site.visitor().get("/sign-in").is(http.StatusOK, "/sign-in")
}

func TestLimits_boundSignInsByAddressKnownOrNot(t *testing.T) {
	t.Parallel()
	site := newSite(t, memoryStorage(t), limited(func(l *accounts.Limits) { l.SignInByEmail = two }))
	site.user("ada@example.com", "Ada")
	for _, email := range []string{"ada@example.com", "nobody@example.com"} {
		for _, spelling := range []string{email, strings.ToUpper(email)} {
			site.visitor().post("/sign-in", signInFields(spelling, "wrong horse")).is(http.StatusUnprocessableEntity, "/sign-in")
		}

		site.visitor().post("/sign-in", signInFields(" "+email, password)).refused(t)
	}
	site.user("grace@example.com", "Grace")
	site.visitor().post("/sign-in", signInFields("grace@example.com", password)).is(http.StatusOK, "/")
}

func TestLimits_boundSignUps(t *testing.T) {
	t.Parallel()
	byClient := newSite(t, memoryStorage(t), limited(func(l *accounts.Limits) { l.SignUpByClient = two }))
	byEmail := newSite(t, memoryStorage(t), limited(func(l *accounts.Limits) { l.SignUpByEmail = two }))
	for i := range 2 {
		byClient.visitor().post("/sign-up", signUpFields("Ada", strconv.Itoa(i)+"@example.com", password)).is(http.StatusOK, "/sign-in")
		byEmail.visitor().post("/sign-up", signUpFields("Ada", "ada@example.com", password)).is(http.StatusOK, "/sign-in")
	}

	byClient.visitor().post("/sign-up", signUpFields("Ada", "3@example.com", password)).refused(t)
	byEmail.visitor().post("/sign-up", signUpFields("Ada", "ada@example.com", password)).refused(t)

	byEmail.visitor().post("/sign-up", signUpFields("Eva", "eva@example.com", password)).is(http.StatusOK, "/sign-in")
}

func TestLimits_boundGuessesOfThePasswordInAnOpenSession(t *testing.T) {
	t.Parallel()
	site := newSite(t, memoryStorage(t), limited(func(l *accounts.Limits) { l.ConfirmByUser = two }))
	ada, grace := site.user("ada@example.com", "Ada"), site.user("grace@example.com", "Grace")
	guess := url.Values{"delete_password": {"wrong horse"}}
	for range 2 {
		site.as(ada).post("/account/delete", guess).is(http.StatusUnprocessableEntity, "/account/delete")
	}

	site.as(ada).post("/account/delete", guess).refused(t)

	site.as(grace).post("/account/delete", guess).is(http.StatusUnprocessableEntity, "/account/delete")
}

func TestForms_thatAreTooLargeOrNoForms(t *testing.T) {
	t.Parallel()
	site := newSite(t, memoryStorage(t))
	user := site.as(site.user("ada@example.com", "Ada"))
	huge := url.Values{"name": {strings.Repeat("x", 1<<20)}}
	for _, path := range []string{"/sign-in", "/sign-up", "/account/name"} {
		user.post(path, huge).is(http.StatusRequestEntityTooLarge, path)

		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, site.url+path, strings.NewReader("email=%zz"))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if shown := user.do(request); shown.status != http.StatusUnprocessableEntity {
			t.Errorf("POST %s of garbage: status %d, want 422", path, shown.status)
		}
	}
}
