package mail

import (
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"strconv"
	"time"
)

// SMTPOptions configures the mail server and the sender's address.
type SMTPOptions struct {
	Host     string
	Port     int
	Username string // "" for a server without authentication
	Password string
	TLS      TLS
	From     string        // such as "Pergola <hello@example.com>"
	Timeout  time.Duration // of every step of a delivery; 20 s unless set
}

// TLS is how the connection to a mail server is encrypted.
type TLS string

// The zero value means StartTLS.
const (
	StartTLS    TLS = "starttls" // starts in plain text; fails if the server does not offer TLS
	ImplicitTLS TLS = "implicit" // TLS from the first byte, usually at port 465
	NoTLS       TLS = "off"      // plain text, for a server on the same machine
)

// ParseSMTPURL parses the URL of a mail server:
//
//	smtp://name:password@mail.example.com:587   StartTLS
//	smtps://name:password@mail.example.com      TLS from the first byte, port 465
//	smtp://localhost:1025?tls=off               plain text, without a password
//
// Username and password are percent-encoded. Errors never contain the password.
func ParseSMTPURL(address string) (SMTPOptions, error) {
	parsed, err := url.Parse(address)
	if err != nil {
		return SMTPOptions{}, errors.New("not a URL; special characters in username and password must be percent-encoded")
	}
	o := SMTPOptions{Host: parsed.Hostname(), Username: parsed.User.Username(), TLS: StartTLS, Port: 587}
	o.Password, _ = parsed.User.Password()
	switch parsed.Scheme {
	case "smtp":
	case "smtps":
		o.TLS, o.Port = ImplicitTLS, 465
	default:
		return SMTPOptions{}, fmt.Errorf("scheme %s://: must be smtp:// or smtps://", parsed.Scheme)
	}
	if o.Host == "" || (parsed.Path != "" && parsed.Path != "/") {
		return SMTPOptions{}, errors.New("must have the form smtp://name:password@host:port")
	}
	if port := parsed.Port(); port != "" {
		if o.Port, err = strconv.Atoi(port); err != nil || o.Port < 1 || o.Port > 65535 {
			return SMTPOptions{}, fmt.Errorf("port %s: must be a number from 1 to 65535", port)
		}
	}
	switch tls := parsed.Query().Get("tls"); {
	case tls == string(NoTLS) && parsed.Scheme == "smtp":
		o.TLS = NoTLS
	case tls != "":
		return SMTPOptions{}, fmt.Errorf("tls=%s: the only option is tls=off, of smtp://", tls)
	}
	return o, o.check()
}

func (o SMTPOptions) check() error {
	if o.TLS == NoTLS && o.Password != "" {
		return errors.New("a password requires TLS")
	}
	if (o.Username == "") != (o.Password == "") {
		return errors.New("username and password must be set together")
	}
	return nil
}

func (o SMTPOptions) withDefaults() SMTPOptions {
	if o.Timeout == 0 {
		o.Timeout = 20 * time.Second
	}
	if o.TLS == "" {
		o.TLS = StartTLS
	}
	return o
}

func (o SMTPOptions) addr() string { return net.JoinHostPort(o.Host, strconv.Itoa(o.Port)) }

// CheckFrom reports whether this is a valid sender's address, which may have a
// display name: "Pergola <hello@example.com>".
func CheckFrom(from string) error {
	parsed, err := mail.ParseAddress(from)
	if err != nil || checkLine(from) != nil {
		return reject("%q is not an address, such as Pergola <hello@example.com>", from)
	}
	return CheckAddress(parsed.Address)
}
