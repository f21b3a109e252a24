package accounts

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/mail"
)

// Postman writes the letters of accounts and gives them to the sender. Links in
// them are made here, and nowhere else.
type Postman struct {
	tokens  Tokens
	sender  mail.Sender
	baseURL feature.BaseURL
	now     feature.Clock
}

// NewPostman makes the postman.
func NewPostman(tokens Tokens, sender mail.Sender, baseURL feature.BaseURL, now feature.Clock) *Postman {
	return &Postman{tokens: tokens, sender: sender, baseURL: baseURL, now: now}
}

// Off reports whether no mail is sent: then no page offers what needs it.
func (p *Postman) Off() bool { return mail.IsOff(p.sender) }

var errNoMail = fault.Unavailable.New("This site does not send mail. Ask whoever runs it for help.")

// sendReset sends a link to choose a new password.
func (p *Postman) sendReset(ctx context.Context, user User) error {
	link, err := p.link(ctx, user, ResetsPassword)
	if err != nil {
		return err
	}
	return p.send(ctx, user, resetLetter(user, link, p.baseURL))
}

// sendVerification sends a link to confirm the address.
func (p *Postman) sendVerification(ctx context.Context, user User) error {
	link, err := p.link(ctx, user, VerifiesEmail)
	if err != nil {
		return err
	}
	return p.send(ctx, user, verificationLetter(user, link, p.baseURL))
}

// sendTaken tells who has an account that somebody wanted to make it again.
func (p *Postman) sendTaken(ctx context.Context, user User) error {
	return p.send(ctx, user, takenLetter(user, p.baseURL))
}

// sendChanged tells the owner that the password was changed, if mail is still
// sent.
func (p *Postman) sendChanged(ctx context.Context, user User) error {
	if p.Off() {
		return nil
	}
	return p.send(ctx, user, changedLetter(user, p.baseURL))
}

// link stores the token and makes the address. The token is in the query: the
// access log holds paths only.
func (p *Postman) link(ctx context.Context, user User, purpose Purpose) (string, error) {
	token, secret := newToken(user, purpose, p.now())
	if err := p.tokens.Add(ctx, token, p.now()); err != nil {
		return "", err
	}
	return p.baseURL.Absolute(purpose.path()) + "?" + url.Values{"token": {secret}}.Encode(), nil
}

func (p *Postman) send(ctx context.Context, user User, l letter) error {
	html, err := l.render(ctx)
	if err != nil {
		return err
	}
	err = p.sender.Send(ctx, mail.Message{To: user.Email, Subject: l.subject, Text: l.text(), HTML: html})
	if errors.Is(err, mail.ErrRefused) {
		// An address that mail cannot be sent to is one that nobody has.
		return nil
	}
	if err != nil {
		return fmt.Errorf("send %q to user %s: %w", l.subject, user.ID, err)
	}
	return nil
}

func (p Purpose) path() string {
	if p == ResetsPassword {
		return "/reset-password"
	}
	return "/verify-email"
}
