package main

import (
	"fmt"
	"log/slog"
	"time"

	"example.com/pergola/core/mail"
)

// mailTransport delivers emails: to a mail server, to the mailbox of
// development, or nowhere.
type mailTransport struct{ mail.Sender }

func newMailTransport(config Config, logger *slog.Logger) (mailTransport, error) {
	if config.MailOff {
		logger.Warn("SMTP_URL is off: emails are not sent, and passwords cannot be reset")
		return mailTransport{mail.Off()}, nil
	}
	smtp, err := mail.NewSMTP(config.SMTP)
	if err != nil {
		return mailTransport{}, fmt.Errorf("SMTP_URL: %w", err)
	}
	return mailTransport{smtp}, nil
}

// newBackgroundMail sends emails after the commit, without a queue.
func newBackgroundMail(transport mailTransport, logger *slog.Logger) *mail.Background {
	return mail.NewBackground(transport.Sender, logger)
}

// mailDelivery passes the emails of features to the transport: in the background,
// unless jobs replaces it with a queue.
type mailDelivery struct{ mail.Sender }

func newMailDelivery(background *mail.Background) *mailDelivery { return &mailDelivery{background} }

// newMailSender returns the sender of the features. If email is off, sending fails
// at once.
func newMailSender(transport mailTransport, delivery *mailDelivery) mail.Sender {
	if mail.IsOff(transport.Sender) {
		return transport.Sender
	}
	return delivery
}

// mailboxFrom is the sender of emails in development.
const mailboxFrom = "Pergola <hello@example.com>"

// newMailbox returns nil if a mail server is configured or email is off.
func newMailbox(config Config) *mail.Mailbox {
	if config.MailOff || config.SMTP.Host != "" {
		return nil
	}
	return mail.NewMailbox(mailboxFrom, time.Now)
}

func newDevMailTransport(config Config, mailbox *mail.Mailbox, logger *slog.Logger) (mailTransport, error) {
	if mailbox == nil {
		return newMailTransport(config, logger)
	}
	return mailTransport{mailbox}, nil
}
