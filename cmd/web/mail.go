package main

import (
	"fmt"
	"log/slog"
	"time"

	"example.com/pergola/core/jobs" // <with:jobs/>
	"example.com/pergola/core/mail"
	"example.com/pergola/core/mail/mailjob" // <with:jobs/>
)

// postman is who carries mail in the end: to a mail server, into the mailbox of
// development, or nowhere.
type postman struct {
	carrier mail.Sender
	mailbox *mail.Mailbox // nil unless the carrier is one
}

// mailboxFrom is who the mail of development is from.
const mailboxFrom = "Pergola <hello@example.com>"

func newPostman(config Config, logger *slog.Logger) (*postman, error) {
	switch {
	case config.MailOff:
		logger.Warn("SMTP_URL is off: no mail is sent, and nobody can reset a password")
		return &postman{carrier: mail.Off()}, nil
	case config.SMTP.Host == "":
		mailbox := mail.NewMailbox(mailboxFrom, time.Now)
		return &postman{carrier: mailbox, mailbox: mailbox}, nil
	}
	carrier, err := mail.NewSMTP(config.SMTP)
	if err != nil {
		return nil, fmt.Errorf("SMTP_URL: %w", err)
	}
	return &postman{carrier: carrier}, nil
}

// <with:jobs>

// newSender is what features send with: a job, which the postman carries out.
// Where no mail is sent, they are told at once.
func newSender(p *postman, queue jobs.Queue) mail.Sender {
	if mail.IsOff(p.carrier) {
		return p.carrier
	}
	return mailjob.NewSender(queue)
}

// </with:jobs>

// <without:jobs/> // newSender is what features send with: after the commit, beside the request.
// <without:jobs/> func newSender(p *postman, logger *slog.Logger) mail.Sender {
// <without:jobs/> 	if mail.IsOff(p.carrier) {
// <without:jobs/> 		return p.carrier
// <without:jobs/> 	}
// <without:jobs/> 	return mail.NewBackground(p.carrier, logger)
// <without:jobs/> }
