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

func TestMailbox_keepsLettersNewestFirst(t *testing.T) {
	t.Parallel()
	box := newMailbox()
	for _, subject := range []string{"one", "two"} {
		if err := box.Send(t.Context(), letter(func(m *mail.Message) { m.Subject = subject })); err != nil {
			t.Fatal(err)
		}
	}

	letters := box.Letters()

	if len(letters) != 2 || letters[0].Subject != "two" || letters[1].Subject != "one" || letters[0].ID == letters[1].ID || !letters[0].At.Equal(noon) {
		t.Fatalf("letters %+v", letters)
	}
	found, err := box.Letter(letters[1].ID)
	if err != nil || found != letters[1] {
		t.Errorf("Letter = %+v, %v", found, err)
	}
	for _, part := range []string{"Subject: one", `From: "Pergola" <hello@example.com>`, "To: <ada@example.com>", "text/html", "Hello Ada."} {
		if !strings.Contains(found.Source, part) {
			t.Errorf("the source does not say %q:\n%s", part, found.Source)
		}
	}
	box.Clear()
	if _, err := box.Letter(letters[1].ID); !errors.Is(err, fault.NotFound) || len(box.Letters()) != 0 {
		t.Errorf("after Clear: %v and %d letters", err, len(box.Letters()))
	}
}

func TestMailbox_forgetsTheOldest(t *testing.T) {
	t.Parallel()
	box := newMailbox()
	for i := range mail.KeptLetters + 3 {
		if err := box.Send(t.Context(), letter(func(m *mail.Message) { m.Subject = fmt.Sprint("letter ", i) })); err != nil {
			t.Fatal(err)
		}
	}

	letters := box.Letters()

	if len(letters) != mail.KeptLetters || letters[len(letters)-1].Subject != "letter 3" {
		t.Errorf("%d letters, the oldest %q", len(letters), letters[len(letters)-1].Subject)
	}
}

func TestMailbox_showsOnceWhatWasSentTwice(t *testing.T) {
	t.Parallel()
	box := newMailbox()
	for range 2 {
		if err := box.Send(t.Context(), letter(func(m *mail.Message) { m.ID = "digest-1" })); err != nil {
			t.Fatal(err)
		}
	}

	if got := box.Letters(); len(got) != 1 {
		t.Errorf("%d letters, want 1", len(got))
	}
}

func TestMailbox_refusesWhatEverySenderRefuses(t *testing.T) {
	t.Parallel()
	box := newMailbox()
	if err := box.Send(t.Context(), mail.Message{To: "nobody"}); !errors.Is(err, mail.ErrRefused) || len(box.Letters()) != 0 {
		t.Errorf("Send = %v", err)
	}
}

func TestOff_saysSo(t *testing.T) {
	t.Parallel()
	if err := mail.Off().Send(t.Context(), letter(nil)); !errors.Is(err, fault.Unavailable) {
		t.Errorf("Send = %v, want fault.Unavailable", err)
	}
	if !mail.IsOff(mail.Off()) || mail.IsOff(newMailbox()) {
		t.Error("IsOff takes one for the other")
	}
}
