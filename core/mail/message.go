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

// Limits of a message. Larger bodies are clipped by the largest email service, and
// would not fit into a job.
const (
	MaxSubject = 200      // characters
	MaxBody    = 80 << 10 // bytes, of Text and of HTML each
	maxAddress = 254      // bytes; RFC 5321
)

// ErrRejected is in the chain of an error that a retry cannot fix: the message is
// invalid, or the mail server rejected it permanently.
var ErrRejected = errors.New("message rejected")

// Message is an email to one person. It is plain data, and may be stored until it
// is sent.
type Message struct {
	// ID becomes the Message-ID. It stays the same when the message is sent again,
	// so that email programs show it once. Senders generate one if it is "".
	ID string `json:"id,omitempty"`

	// To is one address without a name, such as ada@example.com.
	To string `json:"to"`

	Subject string `json:"subject"`

	// Text is required, for devices without HTML and for spam filters. HTML is a
	// complete document with inline styles, or "".
	Text string `json:"text"`
	HTML string `json:"html,omitempty"`

	// UnsubscribeURL is required for regular emails, and "" for those that the
	// user requested. GET shows a page; POST unsubscribes without a session,
	// because email programs send it (RFC 8058).
	UnsubscribeURL string `json:"unsubscribeUrl,omitempty"`
}

// Check reports the first mistake in the message; the error wraps ErrRejected.
// Every Sender calls it, so that no invalid message is stored.
func (m Message) Check() error {
	if err := CheckAddress(m.To); err != nil {
		return fmt.Errorf("check To: %w", err)
	}
	if err := checkLine(m.Subject); err != nil {
		return fmt.Errorf("check Subject: %w", err)
	}
	switch length := utf8.RuneCountInString(m.Subject); {
	case strings.TrimSpace(m.Subject) == "":
		return reject("Subject: must not be empty")
	case length > MaxSubject:
		return reject("Subject: has %d characters, and at most %d are allowed", length, MaxSubject)
	case strings.TrimSpace(m.Text) == "":
		return reject("Text: must not be empty; write the content of the HTML as plain text")
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

// CheckAddress reports whether this is one valid address; the error wraps
// ErrRejected. A display name, a second address and a quoted local part are
// invalid. Letters of any language are valid, although a mail server may reject
// them.
func CheckAddress(address string) error {
	if err := checkLine(address); err != nil {
		return err
	}
	if len(address) > maxAddress {
		return reject("an address may have at most %d bytes, this one has %d", maxAddress, len(address))
	}
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Address != address || parsed.Name != "" || !isPlain(address) {
		return reject("%q is not a plain address, such as ada@example.com", address)
	}
	return nil
}

func isPlain(address string) bool {
	return !strings.ContainsFunc(address, func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsGraphic(r) || strings.ContainsRune(`"(),:;<>[\]`, r)
	})
}

// checkLine rejects a value that would end its header and start another.
func checkLine(value string) error {
	if !utf8.ValidString(value) {
		return reject("not valid UTF-8")
	}
	if strings.ContainsFunc(value, unicode.IsControl) {
		return reject("contains a line break or another control character, which could start another header")
	}
	return nil
}

func checkBody(name, body string) error {
	switch {
	case len(body) > MaxBody:
		return reject("%s: has %d bytes, and at most %d are allowed: shorten it and link to the page", name, len(body), MaxBody)
	case !utf8.ValidString(body):
		return reject("%s: not valid UTF-8", name)
	case strings.ContainsRune(body, 0):
		return reject("%s: contains a NUL character", name)
	}
	return nil
}

func checkID(id string) error {
	if len(id) > 128 || strings.ContainsFunc(id, func(r rune) bool {
		return r != '-' && r != '.' && r != '_' && (r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r))
	}) {
		return reject("ID: %q must be at most 128 letters, digits and -._", id)
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
		return reject("UnsubscribeURL: %q is not an absolute URL, such as https://example.com/unsubscribe/…", address)
	}
	return nil
}

func reject(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrRejected, fmt.Sprintf(format, args...))
}
