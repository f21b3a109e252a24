package mail

import (
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	gomail "github.com/wneessen/go-mail"
)

// identified is the message with an ID.
func (m Message) identified() Message {
	if m.ID == "" {
		m.ID = uuid.Must(uuid.NewV7()).String()
	}
	return m
}

// compose writes the message as it travels: with headers, and a body of two
// parts of which mail programs show the one they can.
func compose(from string, m Message, at time.Time) (*gomail.Msg, error) {
	mime := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := mime.From(from); err != nil {
		return nil, fmt.Errorf("set who the mail is from: %w", err)
	}
	if err := mime.To(m.To); err != nil {
		return nil, fmt.Errorf("%w: To: %w", ErrRefused, err)
	}
	_, domain, _ := strings.Cut(mime.GetFrom()[0].Address, "@")
	mime.Subject(m.Subject)
	mime.SetMessageIDWithValue(m.ID + "@" + domain)
	mime.SetDateWithValue(at)
	// Nobody's out-of-office answer is to come back.
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
