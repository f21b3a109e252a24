package mail

import (
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What a message may hold. The body's limit is what the largest mail service
// shows without cutting it off, and lets every message fit into a job.
const (
	MaxSubject = 200      // characters
	MaxBody    = 80 << 10 // bytes, of Text and of HTML each
	maxAddress = 254      // bytes; RFC 5321
)

// ErrRefused is in the chain of an error after which sending the same message
// again would be in vain: it breaks a rule of Message, or the mail server does
// not want it and never will.
var ErrRefused = errors.New("the message is refused")

// Message is one mail to one person. It is plain data, and may be stored until
// it is sent.
type Message struct {
	// ID makes the Message-ID. It stays the same when the message is sent
	// again, so that mail programs show it once. Senders make one if it is "".
	ID string `json:"id,omitempty"`

	// To is one address without a name: ada@example.com.
	To string `json:"to"`

	Subject string `json:"subject"`

	// Text is required: watches and spam filters read it. HTML is a whole
	// document with its styles in it, or "".
	Text string `json:"text"`
	HTML string `json:"html,omitempty"`

	// UnsubscribeURL is where the reader of a regular mail ends it, "" for a
	// mail that somebody asked for. A GET of it shows a page; a POST of it ends
	// the mails without a session, since mail programs send it (RFC 8058).
	UnsubscribeURL string `json:"unsubscribeUrl,omitempty"`
}

// Check reports the first rule that the message breaks; the error wraps
// ErrRefused. Every Sender calls it, so that nothing wrong is kept or stored.
func (m Message) Check() error {
	if err := CheckAddress(m.To); err != nil {
		return fmt.Errorf("check To: %w", err)
	}
	if err := checkLine(m.Subject); err != nil {
		return fmt.Errorf("check Subject: %w", err)
	}
	switch length := utf8.RuneCountInString(m.Subject); {
	case strings.TrimSpace(m.Subject) == "":
		return refuse("Subject: it is empty")
	case length > MaxSubject:
		return refuse("Subject: it has %d characters, more than %d", length, MaxSubject)
	case strings.TrimSpace(m.Text) == "":
		return refuse("Text: it is empty; write what the HTML says")
	}
	if err := checkBody("Text", m.Text); err != nil {
		return err
	}
	if err := checkBody("HTML", m.HTML); err != nil {
		return err
	}
	if err := checkID(m.ID); err != nil {
		return err
	}
	return checkUnsubscribe(m.UnsubscribeURL)
}

// CheckAddress reports what is wrong with a single address; the error wraps
// ErrRefused. A name before it, a second address and a quoted local part are
// wrong. Letters of any language are right, though a mail server may yet refuse
// them.
func CheckAddress(address string) error {
	if err := checkLine(address); err != nil {
		return err
	}
	if len(address) > maxAddress {
		return refuse("an address has at most %d bytes, this one %d", maxAddress, len(address))
	}
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Address != address || parsed.Name != "" || !isPlain(address) {
		return refuse("%q is not one plain address, such as ada@example.com", address)
	}
	return nil
}

func isPlain(address string) bool {
	return !strings.ContainsFunc(address, func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsGraphic(r) || strings.ContainsRune(`"(),:;<>[\]`, r)
	})
}

// checkLine keeps a value from ending its header and beginning another.
func checkLine(value string) error {
	if !utf8.ValidString(value) {
		return refuse("it is not valid UTF-8")
	}
	if strings.ContainsFunc(value, unicode.IsControl) {
		return refuse("it holds a line break or another control character, which would begin another header")
	}
	return nil
}

func checkBody(name, body string) error {
	switch {
	case len(body) > MaxBody:
		return refuse("%s: it has %d bytes, more than %d: shorten it and link to the page", name, len(body), MaxBody)
	case !utf8.ValidString(body):
		return refuse("%s: it is not valid UTF-8", name)
	case strings.ContainsRune(body, 0):
		return refuse("%s: it holds a NUL character", name)
	}
	return nil
}

func checkID(id string) error {
	if len(id) > 128 || strings.ContainsFunc(id, func(r rune) bool {
		return r != '-' && r != '.' && r != '_' && (r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r))
	}) {
		return refuse("ID: %q has other characters than letters, digits and -._, or more than 128", id)
	}
	return nil
}

func checkUnsubscribe(address string) error {
	if address == "" {
		return nil
	}
	parsed, err := url.Parse(address)
	if checkLine(address) != nil || err != nil || parsed.Host == "" || (parsed.Scheme != "https" && parsed.Scheme != "http") ||
		strings.ContainsAny(address, "<> ") {
		return refuse("UnsubscribeURL: %q is not a whole URL, such as https://example.com/unsubscribe/…", address)
	}
	return nil
}

func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrRefused, fmt.Sprintf(format, args...))
}
