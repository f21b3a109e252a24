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

// SMTP is a Sender that delivers messages to a mail server. It opens a connection
// for each message, and does not join transactions.
//
// If the server permanently rejects the recipient or the content, the error is
// ErrRejected. Other errors may be temporary: no connection, a slow or busy server,
// a wrong password, a sender that the server does not know yet. Errors name the
// step, and never contain the password.
type SMTP struct {
	options SMTPOptions
	roots   *tls.Config
}

var _ Sender = (*SMTP)(nil)

// NewSMTP creates a Sender for a mail server, without connecting to it. It fails if
// the options are invalid.
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

// TrustOnly returns a sender that trusts the certificates of this configuration
// instead of the system's, for a private mail server or a test.
func (s *SMTP) TrustOnly(config *tls.Config) *SMTP {
	config = config.Clone()
	config.ServerName, config.MinVersion = s.options.Host, tls.VersionTLS12
	return &SMTP{options: s.options, roots: config}
}

// Send delivers the message to the server, which is then responsible for it.
func (s *SMTP) Send(ctx context.Context, message Message) error {
	if err := message.Check(); err != nil {
		return err
	}
	mime, err := compose(s.options.From, message.withID(), time.Now())
	if err != nil {
		return err
	}
	var connection connection
	defer connection.close()
	client, err := s.client(ctx, &connection)
	if err != nil {
		return fmt.Errorf("prepare to send email: %w", err)
	}
	err = client.DialAndSendWithContext(ctx, mime)
	if err == nil || mime.IsDelivered() {
		// A failed QUIT is no reason to send the message again.
		return nil
	}
	if ctx.Err() != nil {
		err = errors.Join(ctx.Err(), err)
	}
	if rejectedPermanently(err) {
		return fmt.Errorf("%w by %s: %w", ErrRejected, s.options.Host, err)
	}
	return fmt.Errorf("send email via %s: %w", s.options.addr(), err)
}

func (s *SMTP) client(ctx context.Context, connection *connection) (*gomail.Client, error) {
	o := s.options
	options := []gomail.Option{
		gomail.WithPort(o.Port),
		gomail.WithTimeout(o.Timeout),
		gomail.WithTLSConfig(s.roots),
		gomail.WithDialContextFunc(func(dialing context.Context, network, addr string) (net.Conn, error) {
			return s.dial(ctx, dialing, connection, network, addr)
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

// dial connects, and closes the connection when the context of sending ends: the
// library uses a context only until it is connected.
func (s *SMTP) dial(sending, dialing context.Context, connection *connection, network, addr string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(dialing, network, addr)
	if err != nil {
		return nil, err
	}
	connection.open(sending, conn)
	if s.options.TLS != ImplicitTLS {
		return conn, nil
	}
	encrypted := tls.Client(conn, s.roots)
	if err := encrypted.HandshakeContext(dialing); err != nil {
		return nil, fmt.Errorf("TLS: %w", err)
	}
	return encrypted, nil
}

// connection is the connection of one delivery, which the library leaves open when
// it fails early.
type connection struct {
	conn net.Conn
	stop func() bool // stops closing it when the context ends
}

func (c *connection) open(ctx context.Context, conn net.Conn) {
	c.conn = conn
	c.stop = context.AfterFunc(ctx, func() { _ = conn.Close() })
}

func (c *connection) close() {
	if c.conn != nil {
		c.stop()
		_ = c.conn.Close()
	}
}

// rejectedPermanently reports whether the server permanently rejected the recipient
// or the content. Rejections of our username, password or sender address are
// configuration mistakes, which can be fixed while the message waits.
func rejectedPermanently(err error) bool {
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
