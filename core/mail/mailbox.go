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

// KeptLetters is how many letters a Mailbox keeps; the oldest go first.
const KeptLetters = 50

// Letter is a message as a Mailbox keeps it.
type Letter struct {
	Message
	At     time.Time
	Source string // as it would have travelled, with all headers
}

// Mailbox is a Sender that carries nothing anywhere: it keeps the latest
// letters in memory, for development, where they are looked at. They are gone
// when the process ends, and no other process sees them.
type Mailbox struct {
	from string
	now  func() time.Time

	mu      sync.Mutex
	letters []Letter // oldest first
}

var _ Sender = (*Mailbox)(nil)

// NewMailbox makes an empty mailbox. From is who the letters are from.
func NewMailbox(from string, now func() time.Time) *Mailbox { return &Mailbox{from: from, now: now} }

// Send keeps the message, at once. It refuses what every Sender refuses. A
// message whose ID is there already takes the place of the older one, as it
// does in mail programs.
func (b *Mailbox) Send(_ context.Context, message Message) error {
	if err := message.Check(); err != nil {
		return err
	}
	letter := Letter{Message: message.identified(), At: b.now()}
	mime, err := compose(b.from, letter.Message, letter.At)
	if err != nil {
		return err
	}
	var source bytes.Buffer
	if _, err := mime.WriteTo(&source); err != nil {
		return fmt.Errorf("write the letter: %w", err)
	}
	letter.Source = source.String()
	b.keep(letter)
	return nil
}

func (b *Mailbox) keep(letter Letter) {
	b.mu.Lock()
	defer b.mu.Unlock()
	others := slices.DeleteFunc(b.letters, func(l Letter) bool { return l.ID == letter.ID })
	b.letters = append(others, letter)
	if excess := len(b.letters) - KeptLetters; excess > 0 {
		b.letters = slices.Delete(b.letters, 0, excess)
	}
}

// Letters are all that are there, the newest first.
func (b *Mailbox) Letters() []Letter {
	b.mu.Lock()
	defer b.mu.Unlock()
	letters := slices.Clone(b.letters)
	slices.Reverse(letters)
	return letters
}

// Letter is the one with this ID. It fails with fault.NotFound if it is not
// there, or no longer.
func (b *Mailbox) Letter(id string) (Letter, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, letter := range b.letters {
		if letter.ID == id {
			return letter, nil
		}
	}
	return Letter{}, fault.NotFound.New("This letter is not in the mailbox, or no longer.")
}

// Clear removes all letters.
func (b *Mailbox) Clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.letters = nil
}
