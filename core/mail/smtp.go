package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// SMTP is a Sender that hands messages to a mail server. It opens a connection
// for each, and takes no part in transactions.
//
// What the server refuses for good (this recipient, this content) is
// ErrRefused. Everything else may pass: no connection, a server that is slow or
// busy, a wrong password, a sender that the server does not know yet. The
// errors name the step; none holds the password.
type SMTP struct {
	options SMTPOptions
	roots   *tls.Config
}

var _ Sender = (*SMTP)(nil)

// NewSMTP makes a Sender for a mail server. It fails if the options make no
// sense, and connects to nobody yet.
func NewSMTP(o SMTPOptions) (*SMTP, error) {
	o = o.withDefaults()
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("send by SMTP: %w", err)
	}
	if err := CheckFrom(o.From); err != nil {
		return nil, fmt.Errorf("send by SMTP: from: %w", err)
	}
	return &SMTP{options: o, roots: &tls.Config{ServerName: o.Host, MinVersion: tls.VersionTLS12}}, nil
}

// TrustOnly makes the sender believe in servers whose certificate this
// configuration knows, rather than in those that the system trusts: a mail
// server of one's own, or of a test.
func (s *SMTP) TrustOnly(config *tls.Config) *SMTP {
	config = config.Clone()
	config.ServerName, config.MinVersion = s.options.Host, tls.VersionTLS12
	return &SMTP{options: s.options, roots: config}
}

// Send delivers the message to the server, which answers for it from then on.
func (s *SMTP) Send(ctx context.Context, message Message) error {
	if err := message.Check(); err != nil {
		return err
	}
	mime, err := compose(s.options.From, message.identified(), time.Now())
	if err != nil {
		return err
	}
	var line line
	defer line.close()
	client, err := s.client(ctx, &line)
	if err != nil {
		return fmt.Errorf("prepare to send mail: %w", err)
	}
	err = client.DialAndSendWithContext(ctx, mime)
	if err == nil || mime.IsDelivered() {
		// A goodbye that fails is no reason to send the message again.
		return nil
	}
	if ctx.Err() != nil {
		err = errors.Join(ctx.Err(), err)
	}
	if refusedForGood(err) {
		return fmt.Errorf("%w by %s: %w", ErrRefused, s.options.Host, err)
	}
	return fmt.Errorf("send mail by %s: %w", s.options.addr(), err)
}

func (s *SMTP) client(ctx context.Context, line *line) (*gomail.Client, error) {
	o := s.options
	options := []gomail.Option{
		gomail.WithPort(o.Port),
		gomail.WithTimeout(o.Timeout),
		gomail.WithTLSConfig(s.roots),
		gomail.WithDialContextFunc(func(dialing context.Context, network, addr string) (net.Conn, error) {
			return s.dial(ctx, dialing, line, network, addr)
		}),
	}
	if o.TLS == StartTLS {
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	} else {
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS)) // ImplicitTLS is the dialer's
	}
	if o.Username != "" {
		options = append(options,
			gomail.WithOpportunisticSMTPAuth(gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin),
			gomail.WithUsername(o.Username), gomail.WithPassword(o.Password))
	}
	return gomail.NewClient(o.Host, options...)
}

// dial connects, and lets the end of sending's context end the connection: the
// library looks at a context only until it is connected.
func (s *SMTP) dial(sending, dialing context.Context, line *line, network, addr string) (net.Conn, error) {
	connection, err := new(net.Dialer).DialContext(dialing, network, addr)
	if err != nil {
		return nil, err
	}
	line.open(sending, connection)
	if s.options.TLS != ImplicitTLS {
		return connection, nil
	}
	encrypted := tls.Client(connection, s.roots)
	if err := encrypted.HandshakeContext(dialing); err != nil {
		return nil, fmt.Errorf("TLS: %w", err)
	}
	return encrypted, nil
}

// line is the connection of one delivery, which the library leaves open when
// it fails early.
type line struct {
	connection net.Conn
	release    func() bool
}

func (l *line) open(ctx context.Context, connection net.Conn) {
	l.connection = connection
	l.release = context.AfterFunc(ctx, func() { _ = connection.Close() })
}

func (l *line) close() {
	if l.connection != nil {
		l.release()
		_ = l.connection.Close()
	}
}

// refusedForGood reports whether the server said never to this recipient or
// this content. What it says to our name, password or sender address is a
// matter of configuration, which can be mended while the message waits.
func refusedForGood(err error) bool {
	failure, ok := errors.AsType[*gomail.SendError](err)
	if !ok || failure.ErrorCode() < 500 || failure.ErrorCode() > 599 {
		return false
	}
	switch failure.Reason {
	case gomail.ErrSMTPRcptTo, gomail.ErrSMTPDataClose:
		return true
	default:
		return false
	}
}
