package accounts_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/mail"
	"example.com/pergola/features/accounts"
)

func signUpFields(name, email, password string) url.Values {
	return url.Values{"name": {name}, "email": {email}, "password": {password}}
}

func TestSignUp_makesAReaderWhoCanThenSignIn(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		site := newSite(t, s)
		browser := site.visitor()
		form := browser.get("/sign-up").is(http.StatusOK, "/sign-up")
		for field, autocomplete := range map[string]string{"name": "name", "email": "username", "password": "new-password"} {
			if got := form.Find(`form[action="/sign-up"] input[name="`+field+`"]`).AttrOr("autocomplete", ""); got != autocomplete {
				t.Errorf("field %s has autocomplete %q, want %q", field, got, autocomplete)
			}
		}

		shown := browser.post("/sign-up", signUpFields("  Ada   Lovelace ", " Ada@Example.com", password)).is(http.StatusOK, "/sign-in")

		if !strings.HasPrefix(shown.text("#flash"), "Your account is ready if this address was new.") {
			t.Errorf("the page says %q", shown.text("#flash"))
		}
		browser.signedIn("")
		browser.post("/sign-in", signInFields("ada@example.com", password)).is(http.StatusOK, "/")
		browser.signedIn("Ada Lovelace")
		user, err := s.users.FindByEmail(t.Context(), "ada@example.com")
		if err != nil || strings.Join(user.Roles, " ") != "reader" {
			t.Errorf("roles = %v, %v, want reader", user.Roles, err)
		}
	})
}

func TestSignUp_answersAlikeForTakenAddresses(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		site := newSite(t, s)
		taken := site.user("ada@example.com", "Ada")
		answer := func(email string) (string, int64) {
			before := site.passwords.hashes.Load()
			shown := site.visitor().post("/sign-up", signUpFields("Eva", email, "another horse")).is(http.StatusOK, "/sign-in")
			html, _ := shown.Html()
			return html, site.passwords.hashes.Load() - before
		}

		takenAnswer, takenWork := answer("ada@example.com")
		freeAnswer, freeWork := answer("eva@example.com")

		if takenAnswer != freeAnswer {
			t.Errorf("the answers differ:\n%s\n%s", takenAnswer, freeAnswer)
		}
		if takenWork != 1 || freeWork != 1 {
			t.Errorf("%d and %d passwords hashed, want 1 each", takenWork, freeWork)
		}
		if found, err := s.users.FindByEmail(t.Context(), "ada@example.com"); err != nil || !same(found, taken) {
			t.Errorf("the account is %+v, %v now, want it untouched", found, err)
		}
	})
}

func TestSignUp_twiceAtOnceMakesOneAccount(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		site := newSite(t, s)
		var working sync.WaitGroup
		for range 6 {
			working.Go(func() {
				site.visitor().post("/sign-up", signUpFields("Ada", "ada@example.com", password)).is(http.StatusOK, "/sign-in")
			})
		}
		working.Wait()

		found, err := s.users.List(t.Context(), accounts.UsersQuery{Limit: 10})
		if err != nil || len(found) != 1 {
			t.Errorf("%d accounts, %v, want 1", len(found), err)
		}
	})
}

func TestSignUp_keepsTheWayBack(t *testing.T) {
	t.Parallel()
	site := newSite(t, memoryStorage(t))
	browser := site.visitor()
	if browser.get("/sign-up?next=/desk").value("next") != "/desk" {
		t.Error("the form does not carry the way back")
	}
	fields := signUpFields("Ada", "ada@example.com", password)
	fields.Set("next", "/desk")

	browser.post("/sign-up", fields).is(http.StatusOK, "/sign-in?next=%2Fdesk")
}

func TestSignUp_saysWhatIsWrongBesideTheFields(t *testing.T) {
	t.Parallel()
	site := newSite(t, memoryStorage(t))

	shown := site.visitor().post("/sign-up", signUpFields("  ", "ada", "short")).is(http.StatusUnprocessableEntity, "/sign-up")

	for field, want := range map[string]string{
		"name":     "Enter the name that others will see.",
		"email":    "This does not look like an e-mail address, such as ada@example.com.",
		"password": "Use 12 characters or more.",
	} {
		if got := shown.wrong(field); got != want {
			t.Errorf("beside %s stands %q, want %q", field, got, want)
		}
	}
	if shown.value("email") != "ada" || shown.value("password") != "" {
		t.Error("the address is not kept, or the password is")
	}
}

// signUp is the use case at noon, with nobody who carries letters.
func (s storage) signUp() accounts.SignUp {
	postman := accounts.NewPostman(s.tokens, mail.Off(), "https://pergola.example", atNoon)
	return accounts.NewSignUp(s.users, accounts.NewPasswords(cheap), postman, s.tx, atOnce, atNoon)
}

func TestSignUp_rules(t *testing.T) {
	t.Parallel()
	s := memoryStorage(t)
	signUp := s.signUp()
	valid := accounts.SignUpInput{Name: "Ada Lovelace", Email: "ada@example.com", Password: password}
	tests := map[string]struct {
		change func(*accounts.SignUpInput)
		field  string // the one that is wrong; "" if all is well
	}{
		"all is well":                       {func(*accounts.SignUpInput) {}, ""},
		"an address with a plus":            {func(in *accounts.SignUpInput) { in.Email = "ada+news@example.com" }, ""},
		"an address in another script":      {func(in *accounts.SignUpInput) { in.Email = "ада@пример.рф" }, ""},
		"no address":                        {func(in *accounts.SignUpInput) { in.Email = " " }, "email"},
		"an address without a domain":       {func(in *accounts.SignUpInput) { in.Email = "ada@" }, "email"},
		"an address without a name":         {func(in *accounts.SignUpInput) { in.Email = "@example.com" }, "email"},
		"an address within its host":        {func(in *accounts.SignUpInput) { in.Email = "ada@localhost" }, "email"},
		"two addresses":                     {func(in *accounts.SignUpInput) { in.Email = "ada@example.com,eva@example.com" }, "email"},
		"an address with an empty word":     {func(in *accounts.SignUpInput) { in.Email = "a..da@example.com" }, "email"},
		"two signs":                         {func(in *accounts.SignUpInput) { in.Email = "ada@eva@example.com" }, "email"},
		"an address with a name":            {func(in *accounts.SignUpInput) { in.Email = "Ada <ada@example.com>" }, "email"},
		"an address with a gap":             {func(in *accounts.SignUpInput) { in.Email = "a da@example.com" }, "email"},
		"an address with a line break":      {func(in *accounts.SignUpInput) { in.Email = "ada@example.com\r\nBcc: eva@example.com" }, "email"},
		"an address with a hidden letter":   {func(in *accounts.SignUpInput) { in.Email = "a\u200bda@example.com" }, "email"},
		"an address that is no text":        {func(in *accounts.SignUpInput) { in.Email = "ada\xff@example.com" }, "email"},
		"an address with a zero byte":       {func(in *accounts.SignUpInput) { in.Email = "ada\x00@example.com" }, "email"},
		"an endless address":                {func(in *accounts.SignUpInput) { in.Email = "ada@" + strings.Repeat("example.", 40) + "com" }, "email"},
		"no name":                           {func(in *accounts.SignUpInput) { in.Name = "\t\n" }, "name"},
		"a name of 80 characters":           {func(in *accounts.SignUpInput) { in.Name = strings.Repeat("é", 80) }, ""},
		"a name of 81 characters":           {func(in *accounts.SignUpInput) { in.Name = strings.Repeat("é", 81) }, "name"},
		"a name that turns the text around": {func(in *accounts.SignUpInput) { in.Name = "Ada\u202eecalevoL" }, "name"},
		"a name with a zero byte":           {func(in *accounts.SignUpInput) { in.Name = "Ada\x00" }, "name"},
		"a name that is no text":            {func(in *accounts.SignUpInput) { in.Name = "Ada\xff" }, "name"},
		"a password of 12 characters":       {func(in *accounts.SignUpInput) { in.Password = "ærøskøbingby" }, ""},
		"a password of 11 characters":       {func(in *accounts.SignUpInput) { in.Password = "ærøskøbingb" }, "password"},
		"a password of 128 characters":      {func(in *accounts.SignUpInput) { in.Password = strings.Repeat("æø", 64) }, ""},
		"a password of 129 characters":      {func(in *accounts.SignUpInput) { in.Password = strings.Repeat("æø", 64) + "x" }, "password"},
		"a password everybody tries":        {func(in *accounts.SignUpInput) { in.Password = "Password1234" }, "password"},
		"two of them":                       {func(in *accounts.SignUpInput) { in.Password = "Summer-2025-Qwerty!" }, "password"},
		"a word and a year":                 {func(in *accounts.SignUpInput) { in.Password = "liverpool2024" }, "password"},
		"a row of keys":                     {func(in *accounts.SignUpInput) { in.Password = "1q2w3e4r5t6y" }, "password"},
		"a row of digits":                   {func(in *accounts.SignUpInput) { in.Password = "123456789012" }, "password"},
		"the name of the site":              {func(in *accounts.SignUpInput) { in.Password = "pergola-pergola" }, "password"},
		"a few words":                       {func(in *accounts.SignUpInput) { in.Password = "summer rain on tin" }, ""},
		"three common words":                {func(in *accounts.SignUpInput) { in.Password = "monkey purple cheese" }, ""},
		"many digits":                       {func(in *accounts.SignUpInput) { in.Password = "8402957713665" }, ""},
		"a password of one letter":          {func(in *accounts.SignUpInput) { in.Password = "zzzzzzzzzzzz" }, "password"},
		"the address as a password":         {func(in *accounts.SignUpInput) { in.Password = "ADA@example.com" }, "password"},
		"the name as a password":            {func(in *accounts.SignUpInput) { in.Password = "ada lovelace" }, "password"},
		"a password that is no text":        {func(in *accounts.SignUpInput) { in.Password = "correct \xff horse" }, "password"},
		"a password with spaces around":     {func(in *accounts.SignUpInput) { in.Password = "  correct horse  " }, ""},
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
				t.Errorf("SignUp = %v with fields %v, want %s to be wrong", err, fields, test.field)
			}
		})
	}
}

func TestSignUp_knowsOneAddressInEverySpelling(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		signUp := s.signUp()
		find := accounts.NewFindByEmail(s.users)
		for _, email := range []string{"zo\u00eb@example.com", "ZOE\u0308@example.com", " Zo\u00cb@EXAMPLE.com\n"} {
			if err := signUp(t.Context(), accounts.SignUpInput{Name: "Zoë", Email: email, Password: password}); err != nil {
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
	})
}
