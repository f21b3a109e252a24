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

// SMTPOptions say which mail server takes our messages, and from whom they are.
type SMTPOptions struct {
	Host     string
	Port     int
	Username string // "" for a server that asks for no name
	Password string
	TLS      TLS
	From     string        // who the mail is from: "Pergola <hello@example.com>"
	Timeout  time.Duration // of every step of a delivery; 20 s unless set
}

// TLS says how the connection to a mail server is kept from being read.
type TLS string

// The ways to talk to a server. The zero value is as strict as StartTLS.
const (
	StartTLS    TLS = "starttls" // begins in the clear, and goes on in TLS or not at all
	ImplicitTLS TLS = "implicit" // TLS from the first byte, usually at port 465
	NoTLS       TLS = "off"      // in the clear: for a server on the same machine
)

// ParseSMTPURL reads the address of a mail server:
//
//	smtp://name:password@mail.example.com:587   StartTLS
//	smtps://name:password@mail.example.com      TLS from the first byte, port 465
//	smtp://localhost:1025?tls=off               in the clear, without a password
//
// Name and password are percent-encoded. Its errors never show the password.
func ParseSMTPURL(address string) (SMTPOptions, error) {
	parsed, err := url.Parse(address)
	if err != nil {
		return SMTPOptions{}, errors.New("it is no URL; a name or password with special characters is percent-encoded")
	}
	o := SMTPOptions{Host: parsed.Hostname(), Username: parsed.User.Username(), TLS: StartTLS, Port: 587}
	o.Password, _ = parsed.User.Password()
	switch parsed.Scheme {
	case "smtp":
	case "smtps":
		o.TLS, o.Port = ImplicitTLS, 465
	default:
		return SMTPOptions{}, fmt.Errorf("it begins with %s://, not with smtp:// or smtps://", parsed.Scheme)
	}
	if o.Host == "" || (parsed.Path != "" && parsed.Path != "/") {
		return SMTPOptions{}, errors.New("it is not of the form smtp://name:password@host:port")
	}
	if port := parsed.Port(); port != "" {
		if o.Port, err = strconv.Atoi(port); err != nil || o.Port < 1 || o.Port > 65535 {
			return SMTPOptions{}, fmt.Errorf("%s is no port", port)
		}
	}
	switch tls := parsed.Query().Get("tls"); {
	case tls == string(NoTLS) && parsed.Scheme == "smtp":
		o.TLS = NoTLS
	case tls != "":
		return SMTPOptions{}, fmt.Errorf("tls=%s: only smtp:// has an option, tls=off", tls)
	}
	return o, o.check()
}

func (o SMTPOptions) check() error {
	if o.TLS == NoTLS && o.Password != "" {
		return errors.New("a password is not sent without TLS")
	}
	if (o.Username == "") != (o.Password == "") {
		return errors.New("a name and a password belong together")
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

// CheckFrom reports what is wrong with the address that mail is from, which may
// have a name: "Pergola <hello@example.com>".
func CheckFrom(from string) error {
	parsed, err := mail.ParseAddress(from)
	if err != nil || checkLine(from) != nil {
		return refuse("%q is not an address, such as Pergola <hello@example.com>", from)
	}
	return CheckAddress(parsed.Address)
}
