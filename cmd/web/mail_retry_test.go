package main

import (
	"io"
	"net"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"example.com/pergola/core/app/apptest"
	_ "example.com/pergola/core/jobs"
	"example.com/pergola/core/mail"
)

// busyServer is a mail server that accepts a message on the second attempt.
type busyServer struct {
	attempts atomic.Int64
	received chan string
}

func (b *busyServer) NewSession(*smtp.Conn) (smtp.Session, error) { return b, nil }
func (b *busyServer) Mail(string, *smtp.MailOptions) error        { return nil }
func (b *busyServer) Reset()                                      {}
func (b *busyServer) Logout() error                               { return nil }

func (b *busyServer) Rcpt(string, *smtp.RcptOptions) error {
	if b.attempts.Add(1) == 1 {
		return &smtp.SMTPError{Code: 451, Message: "come back later"}
	}
	return nil
}

func (b *busyServer) Data(r io.Reader) error {
	source, err := io.ReadAll(r)
	b.received <- string(source)
	return err
}

func TestMail_isRetriedUntilTheServerAcceptsIt(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	busy := &busyServer{received: make(chan string, 10)}
	server := smtp.NewServer(busy)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	s := startSite(t, func(config *Config) {
		config.SMTP = mail.SMTPOptions{Host: "127.0.0.1", Port: listener.Addr().(*net.TCPAddr).Port, TLS: mail.NoTLS, From: "Pergola <hello@pergola.example>"}
	})

	apptest.NewClient(t, s.URL).Post("/forgot-password", url.Values{"email": {grace}})

	select {
	case source := <-busy.received:
		if !strings.Contains(source, "Subject: Reset your password") || !strings.Contains(source, "To: <"+grace+">") || busy.attempts.Load() != 2 {
			t.Errorf("after %d attempts, received %s", busy.attempts.Load(), source)
		}
	case <-time.After(30 * time.Second):
		t.Error("no email arrived")
	}
	if page := apptest.NewClient(t, s.URL).Get("/dev/mail"); !strings.Contains(page.Text(), "Emails are not kept here") {
		t.Error("the mailbox doesn't explain that emails go to a mail server")
	}
}
