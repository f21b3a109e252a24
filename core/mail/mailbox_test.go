package mail_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/mail"
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func newMailbox() *mail.Mailbox {
	return mail.NewMailbox("Pergola <hello@example.com>", func() time.Time { return noon })
}

func TestMailbox_listsEmailsNewestFirst(t *testing.T) {
	t.Parallel()
	box := newMailbox()
	for _, subject := range []string{"one", "two"} {
		if err := box.Send(t.Context(), newMessage(func(m *mail.Message) { m.Subject = subject })); err != nil {
			t.Fatal(err)
		}
	}

	emails := box.Emails()

	if len(emails) != 2 || emails[0].Subject != "two" || emails[1].Subject != "one" || emails[0].ID == emails[1].ID || !emails[0].SentAt.Equal(noon) {
		t.Fatalf("emails %+v", emails)
	}
	found, err := box.Email(emails[1].ID)
	if err != nil || found != emails[1] {
		t.Errorf("Email = %+v, %v", found, err)
	}
	for _, part := range []string{"Subject: one", `From: "Pergola" <hello@example.com>`, "To: <ada@example.com>", "text/html", "Hello Ada."} {
		if !strings.Contains(found.Source, part) {
			t.Errorf("the source does not contain %q:\n%s", part, found.Source)
		}
	}
	box.Clear()
	if _, err := box.Email(emails[1].ID); !errors.Is(err, fault.NotFound) || len(box.Emails()) != 0 {
		t.Errorf("after Clear: %v and %d emails", err, len(box.Emails()))
	}
}

func TestMailbox_dropsTheOldestEmail(t *testing.T) {
	t.Parallel()
	box := newMailbox()
	for i := range mail.MailboxSize + 3 {
		if err := box.Send(t.Context(), newMessage(func(m *mail.Message) { m.Subject = fmt.Sprint("email ", i) })); err != nil {
			t.Fatal(err)
		}
	}

	emails := box.Emails()

	if len(emails) != mail.MailboxSize || emails[len(emails)-1].Subject != "email 3" {
		t.Errorf("%d emails, the oldest %q", len(emails), emails[len(emails)-1].Subject)
	}
}

func TestMailbox_replacesAnEmailWithTheSameID(t *testing.T) {
	t.Parallel()
	box := newMailbox()
	for range 2 {
		if err := box.Send(t.Context(), newMessage(func(m *mail.Message) { m.ID = "digest-1" })); err != nil {
			t.Fatal(err)
		}
	}

	if got := box.Emails(); len(got) != 1 {
		t.Errorf("%d emails, want 1", len(got))
	}
}

func TestMailbox_rejectsInvalidMessages(t *testing.T) {
	t.Parallel()
	box := newMailbox()
	if err := box.Send(t.Context(), mail.Message{To: "nobody"}); !errors.Is(err, mail.ErrRejected) || len(box.Emails()) != 0 {
		t.Errorf("Send = %v", err)
	}
}

func TestOff_isUnavailable(t *testing.T) {
	t.Parallel()
	if err := mail.Off().Send(t.Context(), newMessage(nil)); !errors.Is(err, fault.Unavailable) {
		t.Errorf("Send = %v, want fault.Unavailable", err)
	}
	if !mail.IsOff(mail.Off()) || mail.IsOff(newMailbox()) {
		t.Error("IsOff is wrong")
	}
}
