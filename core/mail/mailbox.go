package mail

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"example.com/pergola/core/fault"
)

// MailboxSize is the number of emails that a Mailbox keeps.
const MailboxSize = 50

// Email is a message in a Mailbox.
type Email struct {
	Message
	SentAt time.Time
	Source string // as a mail server would receive it, with all headers
}

// Mailbox is a Sender for development that sends nothing: it keeps the latest
// emails in memory, for a page that shows them. They are lost when the process
// ends, and other processes do not see them.
type Mailbox struct {
	from string
	now  func() time.Time

	mu     sync.Mutex
	emails []Email // oldest first
}

var _ Sender = (*Mailbox)(nil)

// NewMailbox creates an empty mailbox. From is the sender's address.
func NewMailbox(from string, now func() time.Time) *Mailbox { return &Mailbox{from: from, now: now} }

// Send stores the message at once. A message replaces an older one with its ID, as
// it does in email programs. It fails with ErrRejected if the message is invalid.
func (b *Mailbox) Send(_ context.Context, message Message) error {
	if err := message.Check(); err != nil {
		return err
	}
	email := Email{Message: message.withID(), SentAt: b.now()}
	mime, err := compose(b.from, email.Message, email.SentAt)
	if err != nil {
		return err
	}
	var source bytes.Buffer
	if _, err := mime.WriteTo(&source); err != nil {
		return fmt.Errorf("encode the email: %w", err)
	}
	email.Source = source.String()
	b.add(email)
	return nil
}

func (b *Mailbox) add(email Email) {
	b.mu.Lock()
	defer b.mu.Unlock()
	others := slices.DeleteFunc(b.emails, func(other Email) bool { return other.ID == email.ID })
	b.emails = append(others, email)
	if excess := len(b.emails) - MailboxSize; excess > 0 {
		b.emails = slices.Delete(b.emails, 0, excess)
	}
}

// Emails returns all emails, newest first.
func (b *Mailbox) Emails() []Email {
	b.mu.Lock()
	defer b.mu.Unlock()
	emails := slices.Clone(b.emails)
	slices.Reverse(emails)
	return emails
}

// Email returns the email with this ID. It fails with fault.NotFound if there is
// none.
func (b *Mailbox) Email(id string) (Email, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, email := range b.emails {
		if email.ID == id {
			return email, nil
		}
	}
	return Email{}, fault.NotFound.New("This email is no longer in the mailbox.")
}

// Clear removes all emails.
func (b *Mailbox) Clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.emails = nil
}
