package mail_test

import (
	"strings"
	"testing"

	"example.com/pergola/core/mail"
)

func TestParseSMTPURL_parsesServerAndOptions(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]mail.SMTPOptions{
		"smtp://mail.example.com":               {Host: "mail.example.com", Port: 587, TLS: mail.StartTLS},
		"smtp://app:p%40ss@mail.example.com:25": {Host: "mail.example.com", Port: 25, TLS: mail.StartTLS, Username: "app", Password: "p@ss"},
		"smtps://app:x@mail.example.com/":       {Host: "mail.example.com", Port: 465, TLS: mail.ImplicitTLS, Username: "app", Password: "x"},
		"smtp://localhost:1025?tls=off":         {Host: "localhost", Port: 1025, TLS: mail.NoTLS},
		"smtp://[::1]:1025?tls=off":             {Host: "::1", Port: 1025, TLS: mail.NoTLS},
	} {
		if got, err := mail.ParseSMTPURL(address); err != nil || got != want {
			t.Errorf("%s: %+v, %v, want %+v", address, got, err, want)
		}
	}
}

func TestParseSMTPURL_hidesThePasswordInErrors(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"mail.example.com:587", "https://a:hunter2@mail.example.com", "smtp://", "smtp://a:hunter2@host/path", "smtp://a:hunter2@host:99999",
		"smtp://a:hunter2@host?tls=off", "smtps://a:hunter2@host?tls=off", "smtp://host?tls=maybe", "smtp://a:hunter2%zz@host", "smtp://a@host",
	} {
		if got, err := mail.ParseSMTPURL(address); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %+v, %v, want an error without the password", address, got, err)
		}
	}
}

func TestCheckFrom_acceptsOneAddressWithAnOptionalName(t *testing.T) {
	t.Parallel()
	for _, from := range []string{"hello@example.com", "Pergola <hello@example.com>", `"Pergola, Ltd" <hello@example.com>`} {
		if err := mail.CheckFrom(from); err != nil {
			t.Errorf("%s: %v", from, err)
		}
	}
	for _, from := range []string{"", "Pergola", "a@example.com, b@example.com", "Pergola\r\nBcc: b@example.com <a@example.com>", "hello@"} {
		if err := mail.CheckFrom(from); err == nil {
			t.Errorf("%q is accepted", from)
		}
	}
}
