package mail_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/http/httptest"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"example.com/pergola/core/mail"
)

// server is a mail server of the test, at 127.0.0.1.
type server struct {
	mu       sync.Mutex
	received []received
	reject   func(step, value string) error // nil accepts everything

	host  string
	port  int
	roots *tls.Config
}

type received struct {
	from, to, user string
	encrypted      bool
	source         string
}

func (s *server) messages() []received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.received
}

// serverTLS is how a server uses TLS.
type serverTLS int

const (
	offersTLS serverTLS = iota
	beginsWithTLS
	knowsNoTLS
)

func newServer(t *testing.T, how serverTLS, reject func(step, value string) error) *server {
	t.Helper()
	https := httptest.NewTLSServer(nil) // for its certificate
	t.Cleanup(https.Close)
	trusted := x509.NewCertPool()
	trusted.AddCert(https.Certificate())
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{reject: reject, host: "127.0.0.1", port: listener.Addr().(*net.TCPAddr).Port, roots: &tls.Config{RootCAs: trusted}}
	backend := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &session{server: s, conn: c}, nil
	}))
	backend.Domain, backend.EnableSMTPUTF8, backend.ErrorLog = "mail.test", true, quiet{}
	backend.AllowInsecureAuth = true // so that the client has to reject it
	if how != knowsNoTLS {
		backend.TLSConfig = &tls.Config{Certificates: https.TLS.Certificates}
	}
	if how == beginsWithTLS {
		listener = tls.NewListener(listener, backend.TLSConfig)
	}
	go func() { _ = backend.Serve(listener) }()
	t.Cleanup(func() { _ = backend.Close() })
	return s
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

type session struct {
	server *server
	conn   *smtp.Conn
	got    received
}

func (s *session) check(step, value string) error {
	if s.server.reject == nil {
		return nil
	}
	return s.server.reject(step, value)
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, username, password string) error {
		if username != "app" || password != "s3cret" {
			return &smtp.SMTPError{Code: 535, EnhancedCode: smtp.EnhancedCode{5, 7, 8}, Message: "wrong name or password"}
		}
		s.got.user = username
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.got.from = from
	return s.check("from", from)
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.got.to = to
	return s.check("to", to)
}

func (s *session) Data(r io.Reader) error {
	source, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := s.check("data", string(source)); err != nil {
		return err
	}
	_, encrypted := s.conn.TLSConnectionState()
	s.got.source, s.got.encrypted = string(source), encrypted
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.received = append(s.server.received, s.got)
	return nil
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

// options are those of a client of the server.
func (s *server) options(how mail.TLS) mail.SMTPOptions {
	return mail.SMTPOptions{Host: s.host, Port: s.port, TLS: how, From: "Pergola <hello@pergola.example>", Timeout: 10 * time.Second}
}

func newSMTP(t *testing.T, s *server, o mail.SMTPOptions) *mail.SMTP {
	t.Helper()
	sender, err := mail.NewSMTP(o)
	if err != nil {
		t.Fatal(err)
	}
	return sender.TrustOnly(s.roots)
}

func TestSMTP_sendsTheCompleteMessage(t *testing.T) {
	t.Parallel()
	s := newServer(t, offersTLS, nil)
	sender := newSMTP(t, s, s.options(mail.StartTLS))
	long := strings.Repeat("Ein langer Satz über Rosen. ", 100)
	message := newMessage(func(m *mail.Message) {
		m.ID, m.UnsubscribeURL = "digest-1", "https://pergola.example/stop/abc"
		m.Text = ".\n.. dots\n" + long
		m.HTML = "<!doctype html><p>" + long
	})

	if err := sender.Send(t.Context(), message); err != nil {
		t.Fatal(err)
	}

	got := s.messages()
	if len(got) != 1 || got[0].from != "hello@pergola.example" || got[0].to != "ada@example.com" || !got[0].encrypted {
		t.Fatalf("received %+v", got)
	}
	parsed, err := netmail.ReadMessage(strings.NewReader(got[0].source))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(parsed.Header.Get("Subject"))
	if err != nil || subject != message.Subject {
		t.Errorf("Subject: %q, %v", subject, err)
	}
	for header, want := range map[string]string{
		"From":                  `"Pergola" <hello@pergola.example>`,
		"To":                    "<ada@example.com>",
		"Message-Id":            "<digest-1@pergola.example>",
		"Auto-Submitted":        "auto-generated",
		"List-Unsubscribe":      "<https://pergola.example/stop/abc>",
		"List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
		"Mime-Version":          "1.0",
		"Bcc":                   "",
		"User-Agent":            "",
	} {
		if got := parsed.Header.Get(header); got != want {
			t.Errorf("%s: %q, want %q", header, got, want)
		}
	}
	if at, err := parsed.Header.Date(); err != nil || time.Since(at) > time.Minute {
		t.Errorf("Date: %v, %v", at, err)
	}
	parts := partsOf(t, parsed)
	if got := strings.ReplaceAll(parts["text/plain"], "\r\n", "\n"); strings.TrimSpace(got) != strings.TrimSpace(message.Text) {
		t.Errorf("text: %q", got)
	}
	if strings.TrimSpace(parts["text/html"]) != strings.TrimSpace(message.HTML) {
		t.Errorf("HTML: %q", parts["text/html"])
	}
}

// partsOf returns the parts of a message by type.
func partsOf(t *testing.T, message *netmail.Message) map[string]string {
	t.Helper()
	kind, params, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("Content-Type %q, %v", kind, err)
	}
	parts := map[string]string{}
	for reader := multipart.NewReader(message.Body, params["boundary"]); ; {
		part, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) {
			return parts
		}
		if err != nil {
			t.Fatal(err)
		}
		kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type"))
		var body bytes.Buffer
		if _, err := io.Copy(&body, quotedprintable.NewReader(part)); err != nil {
			t.Fatal(err)
		}
		parts[kind] = body.String()
	}
}

func TestSMTP_usesTLSAndAuthenticates(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		server serverTLS
		client mail.TLS
	}{
		"in the middle":       {offersTLS, mail.StartTLS},
		"from the first byte": {beginsWithTLS, mail.ImplicitTLS},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, test.server, nil)
			o := s.options(test.client)
			o.Username, o.Password = "app", "s3cret"

			err := newSMTP(t, s, o).Send(t.Context(), newMessage(nil))

			if got := s.messages(); err != nil || len(got) != 1 || !got[0].encrypted || got[0].user != "app" {
				t.Errorf("received %+v, %v", got, err)
			}
		})
	}
}

func TestSMTP_requiresTLSUnlessDisabled(t *testing.T) {
	t.Parallel()
	s := newServer(t, knowsNoTLS, nil)

	err := newSMTP(t, s, s.options(mail.StartTLS)).Send(t.Context(), newMessage(nil))
	if err == nil || errors.Is(err, mail.ErrRejected) || !strings.Contains(err.Error(), "STARTTLS") || len(s.messages()) != 0 {
		t.Errorf("without TLS: %v, %d messages, want a temporary error", err, len(s.messages()))
	}

	if err := newSMTP(t, s, s.options(mail.NoTLS)).Send(t.Context(), newMessage(nil)); err != nil || len(s.messages()) != 1 {
		t.Errorf("with NoTLS: %v, %d messages", err, len(s.messages()))
	}
	o := s.options(mail.NoTLS)
	o.Username, o.Password = "app", "s3cret"
	if _, err := mail.NewSMTP(o); err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("a password without encryption: %v, want an error", err)
	}
}

func TestSMTP_rejectsUntrustedCertificates(t *testing.T) {
	t.Parallel()
	for how, client := range map[serverTLS]mail.TLS{offersTLS: mail.StartTLS, beginsWithTLS: mail.ImplicitTLS} {
		s := newServer(t, how, nil)
		stranger, err := mail.NewSMTP(s.options(client))
		if err != nil {
			t.Fatal(err)
		}

		err = stranger.Send(t.Context(), newMessage(nil))

		if err == nil || errors.Is(err, mail.ErrRejected) || !strings.Contains(err.Error(), "certificate") || len(s.messages()) != 0 {
			t.Errorf("%s: %v, want an error about the certificate", client, err)
		}
	}
}

func TestSMTP_distinguishesTemporaryAndPermanentErrors(t *testing.T) {
	t.Parallel()
	code := func(code int) error { return &smtp.SMTPError{Code: code, Message: "no"} }
	for name, test := range map[string]struct {
		step      string
		answer    error
		permanent bool
	}{
		"no such mailbox":       {"to", code(550), true},
		"a full mailbox, later": {"to", code(452), false},
		"greylisted":            {"to", code(451), false},
		"unwanted content":      {"data", code(554), true},
		"a full disk":           {"data", code(452), false},
		"an unknown sender":     {"from", code(550), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, offersTLS, func(step, _ string) error {
				if step == test.step {
					return test.answer
				}
				return nil
			})

			err := newSMTP(t, s, s.options(mail.StartTLS)).Send(t.Context(), newMessage(nil))

			if err == nil || errors.Is(err, mail.ErrRejected) != test.permanent {
				t.Errorf("Send = %v, want a permanent error: %v", err, test.permanent)
			}
		})
	}
}

func TestSMTP_hidesAWrongPassword(t *testing.T) {
	t.Parallel()
	s := newServer(t, offersTLS, nil)
	o := s.options(mail.StartTLS)
	o.Username, o.Password = "app", "hunter2"

	err := newSMTP(t, s, o).Send(t.Context(), newMessage(nil))

	if err == nil || errors.Is(err, mail.ErrRejected) || !strings.Contains(err.Error(), "AUTH") || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("Send = %v, want an error of AUTH that is temporary", err)
	}
}

func TestSMTP_rejectsInvalidMessagesBeforeConnecting(t *testing.T) {
	t.Parallel()
	s := newServer(t, offersTLS, nil)

	err := newSMTP(t, s, s.options(mail.StartTLS)).Send(t.Context(), newMessage(func(m *mail.Message) { m.To = "ada@example.com\r\nRCPT TO:<eve@example.com>" }))

	if !errors.Is(err, mail.ErrRejected) || len(s.messages()) != 0 {
		t.Errorf("Send = %v", err)
	}
}

// silence accepts connections and sends nothing.
func silence(t *testing.T) *server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = connection.Close() })
		}
	}()
	return &server{host: "127.0.0.1", port: listener.Addr().(*net.TCPAddr).Port, roots: &tls.Config{}}
}

func TestSMTP_timesOutIfTheServerDoesNotAnswer(t *testing.T) {
	t.Parallel()
	for _, how := range []mail.TLS{mail.StartTLS, mail.ImplicitTLS} {
		s := silence(t)
		o := s.options(how)
		o.Timeout = 50 * time.Millisecond

		if err := newSMTP(t, s, o).Send(t.Context(), newMessage(nil)); err == nil || errors.Is(err, mail.ErrRejected) {
			t.Errorf("%s: Send = %v, want a temporary error", how, err)
		}
	}
}

func TestSMTP_stopsWhenItsContextEnds(t *testing.T) {
	t.Parallel()
	s := silence(t)
	o := s.options(mail.StartTLS)
	o.Timeout = time.Hour
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()

	if err := newSMTP(t, s, o).Send(ctx, newMessage(nil)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Send = %v, want the end of the context", err)
	}
}

func TestSMTP_namesAnUnreachableServer(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{host: "127.0.0.1", port: listener.Addr().(*net.TCPAddr).Port, roots: &tls.Config{}}
	_ = listener.Close()

	if err := newSMTP(t, s, s.options(mail.StartTLS)).Send(t.Context(), newMessage(nil)); err == nil || !strings.Contains(err.Error(), listener.Addr().String()) {
		t.Errorf("Send = %v, want the address of the server in it", err)
	}
}
