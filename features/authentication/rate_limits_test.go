package authentication_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.com/pergola/features/authentication"
)

var two = authentication.RateLimit{Requests: 2, Window: time.Hour}

// wantTooMany checks that the request was rejected for now.
func (p page) wantTooMany(t *testing.T) {
	t.Helper()
	wait, _ := strconv.Atoi(p.Header.Get("Retry-After"))
	if p.Status != http.StatusTooManyRequests || wait <= 0 || !strings.Contains(p.Text(), "Wait a few minutes") {
		t.Errorf("status %d, Retry-After %q, text %q, want 429", p.Status, p.Header.Get("Retry-After"), p.Text())
	}
}

func TestRateLimits_boundSignInsByClient(t *testing.T) {
	t.Parallel()
	site := newSite(t, limits(func(l *authentication.RateLimits) { l.SignInByClient = two }))
	site.user("ada@example.com", "Ada")
	for _, email := range []string{"a@example.com", "b@example.com"} {
		site.visitor().post("/sign-in", signInFields(email, "wrong horse")).is(http.StatusUnprocessableEntity, "/sign-in")
	}

	site.visitor().post("/sign-in", signInFields("ada@example.com", password)).wantTooMany(t)

	site.visitor().get("/sign-in").is(http.StatusOK, "/sign-in")
}

func TestRateLimits_boundSignInsByAddress(t *testing.T) {
	t.Parallel()
	site := newSite(t, limits(func(l *authentication.RateLimits) { l.SignInByEmail = two }))
	site.user("ada@example.com", "Ada")
	for _, email := range []string{"ada@example.com", "nobody@example.com"} {
		for _, spelling := range []string{email, strings.ToUpper(email)} {
			site.visitor().post("/sign-in", signInFields(spelling, "wrong horse")).is(http.StatusUnprocessableEntity, "/sign-in")
		}

		site.visitor().post("/sign-in", signInFields(" "+email, password)).wantTooMany(t)
	}
	site.user("grace@example.com", "Grace")
	site.visitor().post("/sign-in", signInFields("grace@example.com", password)).is(http.StatusOK, "/")
}

func TestRateLimits_boundSignUps(t *testing.T) {
	t.Parallel()
	byClient := newSite(t, limits(func(l *authentication.RateLimits) { l.SignUpByClient = two }))
	byEmail := newSite(t, limits(func(l *authentication.RateLimits) { l.SignUpByEmail = two }))
	for i := range 2 {
		byClient.visitor().post("/sign-up", signUpFields("Ada", strconv.Itoa(i)+"@example.com", password)).is(http.StatusOK, "/sign-in")
		byEmail.visitor().post("/sign-up", signUpFields("Ada", "ada@example.com", password)).is(http.StatusOK, "/sign-in")
	}

	byClient.visitor().post("/sign-up", signUpFields("Ada", "3@example.com", password)).wantTooMany(t)
	byEmail.visitor().post("/sign-up", signUpFields("Ada", "ada@example.com", password)).wantTooMany(t)

	byEmail.visitor().post("/sign-up", signUpFields("Eva", "eva@example.com", password)).is(http.StatusOK, "/sign-in")
}

func TestRateLimits_boundGuessesOfTheCurrentPassword(t *testing.T) {
	t.Parallel()
	site := newSite(t, limits(func(l *authentication.RateLimits) { l.ConfirmByUser = two }))
	ada, grace := site.user("ada@example.com", "Ada"), site.user("grace@example.com", "Grace")
	guess := url.Values{"password": {"wrong horse"}}
	for range 2 {
		site.as(ada).post("/account/delete", guess).is(http.StatusUnprocessableEntity, "/account/delete")
	}

	site.as(ada).post("/account/delete", guess).wantTooMany(t)

	site.as(grace).post("/account/delete", guess).is(http.StatusUnprocessableEntity, "/account/delete")
}

func TestForms_rejectBodiesThatAreTooLargeOrNoForms(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	user := site.as(site.user("ada@example.com", "Ada"))
	huge := url.Values{"name": {strings.Repeat("x", 1<<20)}}
	for _, path := range []string{"/sign-in", "/sign-up", "/account/password"} {
		user.post(path, huge).is(http.StatusRequestEntityTooLarge, path)

		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, site.url+path, strings.NewReader("email=%zz"))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.AddCookie(user.Cookies()[0])
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		if _ = response.Body.Close(); response.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("POST %s of a malformed form: status %d, want 422", path, response.StatusCode)
		}
	}
}
