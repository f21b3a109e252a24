package authentication

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/mail"
	"example.com/pergola/features/accounts"
)

// Mailer sends the emails of authentication, and creates the links in them.
type Mailer struct {
	tokens  *EmailTokens
	sender  mail.Sender
	baseURL feature.BaseURL
	now     feature.Clock
}

// NewMailer returns the mailer.
func NewMailer(tokens *EmailTokens, sender mail.Sender, baseURL feature.BaseURL, now feature.Clock) *Mailer {
	return &Mailer{tokens: tokens, sender: sender, baseURL: baseURL, now: now}
}

// Off reports whether the application sends no email. Then no page offers what
// needs one.
func (m *Mailer) Off() bool { return mail.IsOff(m.sender) }

var errNoEmail = fault.Unavailable.New("This site doesn't send email. Contact an administrator for help.")

// sendPasswordReset sends a link to choose a new password.
func (m *Mailer) sendPasswordReset(ctx context.Context, user accounts.User) error {
	link, err := m.createLink(ctx, user, ResetPasswordPurpose)
	if err != nil {
		return err
	}
	return m.send(ctx, user, passwordResetEmail(user, link))
}

// sendVerification sends a link to verify the address, if email is sent.
func (m *Mailer) sendVerification(ctx context.Context, user accounts.User) error {
	if m.Off() {
		return nil
	}
	link, err := m.createLink(ctx, user, VerifyEmailPurpose)
	if err != nil {
		return err
	}
	return m.send(ctx, user, verificationEmail(user, link))
}

// sendAddressTaken notifies the owner of an address that someone tried to sign
// up with it, if email is sent and the account isn't locked.
func (m *Mailer) sendAddressTaken(ctx context.Context, owner accounts.User) error {
	if m.Off() || owner.Locked() {
		return nil
	}
	return m.send(ctx, owner, addressTakenEmail(owner, m.baseURL))
}

// sendPasswordChanged notifies a user that their password was changed, if email
// is sent.
func (m *Mailer) sendPasswordChanged(ctx context.Context, user accounts.User) error {
	if m.Off() {
		return nil
	}
	return m.send(ctx, user, passwordChangedEmail(user, m.baseURL))
}

// createLink stores a token and returns its link. The token is in the query,
// because the access log contains paths only.
func (m *Mailer) createLink(ctx context.Context, user accounts.User, purpose Purpose) (string, error) {
	token, secret := newEmailToken(user, purpose, m.now.Now())
	if err := m.tokens.Add(ctx, token, m.now.Now()); err != nil {
		return "", err
	}
	return m.baseURL.Absolute(purpose.path()) + "?" + url.Values{"token": {secret}}.Encode(), nil
}

func (m *Mailer) send(ctx context.Context, user accounts.User, e email) error {
	html, err := e.render(ctx)
	if err != nil {
		return err
	}
	err = m.sender.Send(ctx, mail.Message{To: user.Email, Subject: e.subject, Text: e.text(), HTML: html})
	if errors.Is(err, mail.ErrRejected) {
		return nil // the address cannot receive email
	}
	if err != nil {
		return fmt.Errorf("send %q to user %s: %w", e.subject, user.ID, err)
	}
	return nil
}
