package mail_test

import (
	"errors"
	"strings"
	"testing"

	"example.com/pergola/core/mail"
)

func newMessage(change func(*mail.Message)) mail.Message {
	m := mail.Message{To: "ada@example.com", Subject: "Grüße aus dem Garten", Text: "Hello Ada.", HTML: "<p>Hello Ada.</p>"}
	if change != nil {
		change(&m)
	}
	return m
}

func TestMessage_acceptsValidMessages(t *testing.T) {
	t.Parallel()
	valid := map[string]func(*mail.Message){
		"text and HTML":       nil,
		"text alone":          func(m *mail.Message) { m.HTML = "" },
		"a tagged address":    func(m *mail.Message) { m.To = "ada.l+news@mail.example.co.uk" },
		"an umlaut":           func(m *mail.Message) { m.To = "jürgen@bücher.example" },
		"the largest body":    func(m *mail.Message) { m.HTML = strings.Repeat("x", mail.MaxBody) },
		"the longest subject": func(m *mail.Message) { m.Subject = strings.Repeat("ü", mail.MaxSubject) },
		"an unsubscribe URL": func(m *mail.Message) {
			m.UnsubscribeURL = "https://example.com/unsubscribe/abc?x=1"
		},
	}

	for name, change := range valid {
		if err := newMessage(change).Check(); err != nil {
			t.Errorf("%s: got %v, want it accepted", name, err)
		}
	}
}

func TestMessage_rejectsInvalidMessages(t *testing.T) {
	t.Parallel()
	invalid := map[string]struct {
		change func(*mail.Message)
		want   string
	}{
		"no address":              {func(m *mail.Message) { m.To = "" }, "To:"},
		"no at":                   {func(m *mail.Message) { m.To = "ada.example.com" }, "not a plain address"},
		"a name":                  {func(m *mail.Message) { m.To = "Ada <ada@example.com>" }, "not a plain address"},
		"two addresses":           {func(m *mail.Message) { m.To = "ada@example.com, eve@example.com" }, "not a plain address"},
		"a quoted local part":     {func(m *mail.Message) { m.To = `"a b"@example.com` }, "not a plain address"},
		"a comment":               {func(m *mail.Message) { m.To = "ada@example.com (x)" }, "not a plain address"},
		"a header in To":          {func(m *mail.Message) { m.To = "ada@example.com\r\nBcc: eve@example.com" }, "another header"},
		"a long address":          {func(m *mail.Message) { m.To = strings.Repeat("a", 250) + "@example.com" }, "at most 254"},
		"a bidirectional address": {func(m *mail.Message) { m.To = "ada\u202e@example.com" }, "not a plain address"},
		"no subject":              {func(m *mail.Message) { m.Subject = " " }, "Subject: must not be empty"},
		"a header in Subject":     {func(m *mail.Message) { m.Subject = "Hello\nBcc: eve@example.com" }, "another header"},
		"a return in Subject":     {func(m *mail.Message) { m.Subject = "Hello\rBcc: eve@example.com" }, "another header"},
		"a NEL in Subject":        {func(m *mail.Message) { m.Subject = "Hello\u0085Bcc: eve@example.com" }, "another header"},
		"a long subject":          {func(m *mail.Message) { m.Subject = strings.Repeat("x", 201) }, "201 characters"},
		"a broken subject":        {func(m *mail.Message) { m.Subject = "\xff" }, "UTF-8"},
		"no text":                 {func(m *mail.Message) { m.Text = "\n" }, "Text: must not be empty"},
		"a huge text":             {func(m *mail.Message) { m.Text = strings.Repeat("x", mail.MaxBody+1) }, "81921 bytes"},
		"a huge HTML":             {func(m *mail.Message) { m.HTML = strings.Repeat("x", mail.MaxBody+1) }, "HTML: has 81921"},
		"a broken text":           {func(m *mail.Message) { m.Text = "\xff" }, "Text: not valid UTF-8"},
		"a NUL":                   {func(m *mail.Message) { m.HTML = "a\x00b" }, "HTML: contains a NUL"},
		"a header in the ID":      {func(m *mail.Message) { m.ID = "a\r\nBcc: x" }, "ID:"},
		"an ID with an angle":     {func(m *mail.Message) { m.ID = "a>b" }, "ID:"},
		"a script URL":            {func(m *mail.Message) { m.UnsubscribeURL = "javascript:alert(1)" }, "not an absolute URL"},
		"a relative URL":          {func(m *mail.Message) { m.UnsubscribeURL = "/unsubscribe" }, "not an absolute URL"},
		"a header in the URL":     {func(m *mail.Message) { m.UnsubscribeURL = "https://example.com/\r\nBcc: x" }, "not an absolute URL"},
		"an angle in the URL":     {func(m *mail.Message) { m.UnsubscribeURL = "https://example.com/>x" }, "not an absolute URL"},
		"an address, all spaces":  {func(m *mail.Message) { m.To = "   " }, "not a plain address"},
	}

	for name, test := range invalid {
		err := newMessage(test.change).Check()
		if !errors.Is(err, mail.ErrRejected) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want ErrRejected with %q", name, err, test.want)
		}
	}
}
