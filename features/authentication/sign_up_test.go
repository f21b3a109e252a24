package authentication_test

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/mail"
	"example.com/pergola/features/accounts"
	"example.com/pergola/features/authentication"
)

func TestSignUp_createsAReaderWhoCanSignIn(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	browser := site.visitor()
	form := browser.get("/sign-up").is(http.StatusOK, "/sign-up")
	for field, autocomplete := range map[string]string{"name": "name", "email": "username", "password": "new-password"} {
		if got := form.Find(`form[action="/sign-up"] input[name="`+field+`"]`).AttrOr("autocomplete", ""); got != autocomplete {
			t.Errorf("field %s has autocomplete %q, want %q", field, got, autocomplete)
		}
	}

	shown := browser.post("/sign-up", signUpFields("  Ada   Lovelace ", " Ada@Example.com", password)).is(http.StatusOK, "/sign-in")

	if !strings.HasPrefix(shown.text("#flash"), "If this address is new, your account is ready.") {
		t.Errorf("got the message %q", shown.text("#flash"))
	}
	browser.signedIn("")
	browser.post("/sign-in", signInFields("ada@example.com", password)).is(http.StatusOK, "/")
	browser.signedIn("Ada Lovelace")
	user, err := site.users.FindByEmail(t.Context(), "ada@example.com")
	if err != nil || strings.Join(user.Roles, " ") != "reader" {
		t.Errorf("roles = %v, %v, want reader", user.Roles, err)
	}
}

func TestSignUp_respondsTheSameToTakenAddresses(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	taken := site.user("ada@example.com", "Ada")
	answer := func(email string) (string, int64) {
		before := site.hashing.hashes.Load()
		shown := site.visitor().post("/sign-up", signUpFields("Eva", email, "another horse")).is(http.StatusOK, "/sign-in")
		html, _ := shown.Html()
		return html, site.hashing.hashes.Load() - before
	}

	takenAnswer, takenWork := answer("ada@example.com")
	freeAnswer, freeWork := answer("eva@example.com")

	if takenAnswer != freeAnswer {
		t.Errorf("the responses differ:\n%s\n%s", takenAnswer, freeAnswer)
	}
	if takenWork != 1 || freeWork != 1 {
		t.Errorf("%d and %d passwords hashed, want 1 each", takenWork, freeWork)
	}
	if found, err := site.users.FindByEmail(t.Context(), "ada@example.com"); err != nil || found.ID != taken.ID || found.Name != "Ada" {
		t.Errorf("the user is %+v, %v, want no change", found, err)
	}
	site.visitor().post("/sign-in", signInFields("ada@example.com", password)).is(http.StatusOK, "/")
}

func TestSignUp_createsOneAccountForConcurrentRequests(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	var group sync.WaitGroup
	for range 6 {
		group.Go(func() {
			site.visitor().post("/sign-up", signUpFields("Ada", "ada@example.com", password)).is(http.StatusOK, "/sign-in")
		})
	}
	group.Wait()

	found, err := site.users.List(t.Context(), accounts.UsersQuery{Limit: 10})
	if err != nil || len(found) != 1 {
		t.Errorf("%d accounts, %v, want 1", len(found), err)
	}
}

func TestSignUp_keepsNext(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	browser := site.visitor()
	if browser.get("/sign-up?next=/desk").value("next") != "/desk" {
		t.Error("next is not in the form")
	}
	fields := signUpFields("Ada", "ada@example.com", password)
	fields.Set("next", "/desk")

	browser.post("/sign-up", fields).is(http.StatusOK, "/sign-in?next=%2Fdesk")
}

func TestSignUp_reportsInvalidFields(t *testing.T) {
	t.Parallel()
	site := newSite(t)

	shown := site.visitor().post("/sign-up", signUpFields("  ", "ada", "short")).is(http.StatusUnprocessableEntity, "/sign-up")

	for field, want := range map[string]string{
		"name":     "Enter your name.",
		"email":    "Enter a valid email address, such as ada@example.com.",
		"password": "Use 12 characters or more.",
	} {
		if got := shown.errorOf(field); got != want {
			t.Errorf("the error of %s is %q, want %q", field, got, want)
		}
	}
	if shown.value("email") != "ada" || shown.value("password") != "" {
		t.Error("want the address in the form, and no password")
	}
}

// signUp is the use case at noon, without email.
func (s storage) signUp() authentication.SignUp {
	mailer := authentication.NewMailer(s.tokens, mail.Off(), "https://pergola.example", atNoon)
	createUser := accounts.NewCreateUser(s.db, s.users, atNoon)
	return authentication.NewSignUp(s.db, s.passwords, authentication.NewPasswordHasher(cheap), createUser, mailer, atOnce, atNoon)
}

func TestSignUp_validatesItsInput(t *testing.T) {
	t.Parallel()
	s := newStorage(t)
	signUp := s.signUp()
	valid := authentication.SignUpInput{Name: "Ada Lovelace", Email: "ada@example.com", Password: password}
	tests := map[string]struct {
		change func(*authentication.SignUpInput)
		field  string // the invalid one; "" if none
	}{
		"valid input":                            {func(*authentication.SignUpInput) {}, ""},
		"an address with a plus":                 {func(in *authentication.SignUpInput) { in.Email = "ada+news@example.com" }, ""},
		"an address in another script":           {func(in *authentication.SignUpInput) { in.Email = "ада@пример.рф" }, ""},
		"no address":                             {func(in *authentication.SignUpInput) { in.Email = " " }, "email"},
		"an address without a domain":            {func(in *authentication.SignUpInput) { in.Email = "ada@" }, "email"},
		"an address without a name":              {func(in *authentication.SignUpInput) { in.Email = "@example.com" }, "email"},
		"an address without a dot":               {func(in *authentication.SignUpInput) { in.Email = "ada@localhost" }, "email"},
		"two addresses":                          {func(in *authentication.SignUpInput) { in.Email = "ada@example.com,eva@example.com" }, "email"},
		"an address with two dots":               {func(in *authentication.SignUpInput) { in.Email = "a..da@example.com" }, "email"},
		"two at signs":                           {func(in *authentication.SignUpInput) { in.Email = "ada@eva@example.com" }, "email"},
		"an address with a name":                 {func(in *authentication.SignUpInput) { in.Email = "Ada <ada@example.com>" }, "email"},
		"an address with a space":                {func(in *authentication.SignUpInput) { in.Email = "a da@example.com" }, "email"},
		"an address with a line break":           {func(in *authentication.SignUpInput) { in.Email = "ada@example.com\r\nBcc: eva@example.com" }, "email"},
		"an address with a hidden character":     {func(in *authentication.SignUpInput) { in.Email = "a\u200bda@example.com" }, "email"},
		"an address that is not UTF-8":           {func(in *authentication.SignUpInput) { in.Email = "ada\xff@example.com" }, "email"},
		"an address with a zero byte":            {func(in *authentication.SignUpInput) { in.Email = "ada\x00@example.com" }, "email"},
		"an address that is too long":            {func(in *authentication.SignUpInput) { in.Email = "ada@" + strings.Repeat("example.", 40) + "com" }, "email"},
		"no name":                                {func(in *authentication.SignUpInput) { in.Name = "\t\n" }, "name"},
		"a name of 80 characters":                {func(in *authentication.SignUpInput) { in.Name = strings.Repeat("é", 80) }, ""},
		"a name of 81 characters":                {func(in *authentication.SignUpInput) { in.Name = strings.Repeat("é", 81) }, "name"},
		"a name that changes the text direction": {func(in *authentication.SignUpInput) { in.Name = "Ada\u202eecalevoL" }, "name"},
		"a name with a zero byte":                {func(in *authentication.SignUpInput) { in.Name = "Ada\x00" }, "name"},
		"a name that is not UTF-8":               {func(in *authentication.SignUpInput) { in.Name = "Ada\xff" }, "name"},
		"a password of 12 characters":            {func(in *authentication.SignUpInput) { in.Password = "ærøskøbingby" }, ""},
		"a password of 11 characters":            {func(in *authentication.SignUpInput) { in.Password = "ærøskøbingb" }, "password"},
		"a password of 128 characters":           {func(in *authentication.SignUpInput) { in.Password = strings.Repeat("æø", 64) }, ""},
		"a password of 129 characters":           {func(in *authentication.SignUpInput) { in.Password = strings.Repeat("æø", 64) + "x" }, "password"},
		"a common password":                      {func(in *authentication.SignUpInput) { in.Password = "Password1234" }, "password"},
		"two common words":                       {func(in *authentication.SignUpInput) { in.Password = "Summer-2025-Qwerty!" }, "password"},
		"a word and a year":                      {func(in *authentication.SignUpInput) { in.Password = "liverpool2024" }, "password"},
		"a keyboard pattern":                     {func(in *authentication.SignUpInput) { in.Password = "1q2w3e4r5t6y" }, "password"},
		"digits in order":                        {func(in *authentication.SignUpInput) { in.Password = "123456789012" }, "password"},
		"the name of the site":                   {func(in *authentication.SignUpInput) { in.Password = "pergola-pergola" }, "password"},
		"a few words":                            {func(in *authentication.SignUpInput) { in.Password = "summer rain on tin" }, ""},
		"three common words":                     {func(in *authentication.SignUpInput) { in.Password = "monkey purple cheese" }, ""},
		"many digits":                            {func(in *authentication.SignUpInput) { in.Password = "8402957713665" }, ""},
		"a repeated letter":                      {func(in *authentication.SignUpInput) { in.Password = "zzzzzzzzzzzz" }, "password"},
		"the address as a password":              {func(in *authentication.SignUpInput) { in.Password = "ADA@example.com" }, "password"},
		"the name as a password":                 {func(in *authentication.SignUpInput) { in.Password = "ada lovelace" }, "password"},
		"a password that is not UTF-8":           {func(in *authentication.SignUpInput) { in.Password = "correct \xff horse" }, "password"},
		"a password with spaces around it":       {func(in *authentication.SignUpInput) { in.Password = "  correct horse  " }, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := valid
			test.change(&in)

			err := signUp(t.Context(), in)

			if test.field == "" {
				if err != nil {
					t.Errorf("SignUp = %v, want no error", err)
				}
				return
			}
			if fields := fault.Fields(err); !errors.Is(err, fault.Invalid) || len(fields) != 1 || fields[0].Name != test.field {
				t.Errorf("SignUp = %v with fields %v, want an error of %s", err, fields, test.field)
			}
		})
	}
}

func TestSignUp_normalizesAddresses(t *testing.T) {
	t.Parallel()
	s := newStorage(t)
	signUp := s.signUp()
	find := accounts.NewFindByEmail(s.users)
	for _, email := range []string{"zo\u00eb@example.com", "ZOE\u0308@example.com", " Zo\u00cb@EXAMPLE.com\n"} {
		if err := signUp(t.Context(), authentication.SignUpInput{Name: "Zoë", Email: email, Password: password}); err != nil {
			t.Fatalf("SignUp(%q): %v", email, err)
		}
		if found, err := find(t.Context(), email); err != nil || found.Email != "zo\u00eb@example.com" {
			t.Errorf("FindByEmail(%q) = %+v, %v", email, found, err)
		}
	}

	if all, err := s.users.List(t.Context(), accounts.UsersQuery{Limit: 10}); err != nil || len(all) != 1 {
		t.Errorf("%d accounts, %v, want 1", len(all), err)
	}
	for _, email := range []string{"nobody@example.com", "garbage", "a\x00@example.com"} {
		if _, err := find(t.Context(), email); !errors.Is(err, fault.NotFound) {
			t.Errorf("FindByEmail(%q) = %v, want fault.NotFound", email, err)
		}
	}
}
