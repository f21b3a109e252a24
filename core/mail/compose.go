package mail

import (
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	gomail "github.com/wneessen/go-mail"
)

// withID returns the message with an ID.
func (m Message) withID() Message {
	if m.ID == "" {
		m.ID = uuid.Must(uuid.NewV7()).String()
	}
	return m
}

// compose encodes the message with its headers and a body of two alternatives, of
// which email programs show one.
func compose(from string, m Message, at time.Time) (*gomail.Msg, error) {
	mime := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := mime.From(from); err != nil {
		return nil, fmt.Errorf("set the From address: %w", err)
	}
	if err := mime.To(m.To); err != nil {
		return nil, fmt.Errorf("%w: To: %w", ErrRejected, err)
	}
	_, domain, _ := strings.Cut(mime.GetFrom()[0].Address, "@")
	mime.Subject(m.Subject)
	mime.SetMessageIDWithValue(m.ID + "@" + domain)
	mime.SetDateWithValue(at)
	// Prevents out-of-office replies.
	mime.SetGenHeader("Auto-Submitted", "auto-generated")
	if m.UnsubscribeURL != "" {
		mime.SetGenHeaderPreformatted(gomail.HeaderListUnsubscribe, "<"+m.UnsubscribeURL+">")
		mime.SetGenHeaderPreformatted(gomail.HeaderListUnsubscribePost, "List-Unsubscribe=One-Click")
	}
	mime.SetBodyString(gomail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		mime.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	}
	return mime, nil
}
