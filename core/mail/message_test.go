package mail_test

import (
	"errors"
	"strings"
	"testing"

	"example.com/pergola/core/mail"
)

func letter(change func(*mail.Message)) mail.Message {
	m := mail.Message{To: "ada@example.com", Subject: "Grüße aus dem Garten", Text: "Hello Ada.", HTML: "<p>Hello Ada.</p>"}
	if change != nil {
		change(&m)
	}
	return m
}

func TestMessage_takesWhatIsRight(t *testing.T) {
	t.Parallel()
	right := map[string]func(*mail.Message){
		"text and HTML":     nil,
		"text alone":        func(m *mail.Message) { m.HTML = "" },
		"a tagged address":  func(m *mail.Message) { m.To = "ada.l+news@mail.example.co.uk" },
		"an umlaut":         func(m *mail.Message) { m.To = "jürgen@bücher.example" },
		"the largest body":  func(m *mail.Message) { m.HTML = strings.Repeat("x", mail.MaxBody) },
		"the largest title": func(m *mail.Message) { m.Subject = strings.Repeat("ü", mail.MaxSubject) },
		"an unsubscribe URL": func(m *mail.Message) {
			m.UnsubscribeURL = "https://example.com/unsubscribe/abc?x=1"
		},
	}

	for name, change := range right {
		if err := letter(change).Check(); err != nil {
			t.Errorf("%s: got %v, want it to be taken", name, err)
		}
	}
}

func TestMessage_refusesWhatBreaksARule(t *testing.T) {
	t.Parallel()
	wrong := map[string]struct {
		change func(*mail.Message)
		says   string
	}{
		"no address":              {func(m *mail.Message) { m.To = "" }, "To:"},
		"no at":                   {func(m *mail.Message) { m.To = "ada.example.com" }, "one plain address"},
		"a name":                  {func(m *mail.Message) { m.To = "Ada <ada@example.com>" }, "one plain address"},
		"two addresses":           {func(m *mail.Message) { m.To = "ada@example.com, eve@example.com" }, "one plain address"},
		"a quoted local part":     {func(m *mail.Message) { m.To = `"a b"@example.com` }, "one plain address"},
		"a comment":               {func(m *mail.Message) { m.To = "ada@example.com (x)" }, "one plain address"},
		"a header in To":          {func(m *mail.Message) { m.To = "ada@example.com\r\nBcc: eve@example.com" }, "another header"},
		"a long address":          {func(m *mail.Message) { m.To = strings.Repeat("a", 250) + "@example.com" }, "at most 254"},
		"an address to be turned": {func(m *mail.Message) { m.To = "ada\u202e@example.com" }, "one plain address"},
		"no subject":              {func(m *mail.Message) { m.Subject = " " }, "Subject: it is empty"},
		"a header in Subject":     {func(m *mail.Message) { m.Subject = "Hello\nBcc: eve@example.com" }, "another header"},
		"a return in Subject":     {func(m *mail.Message) { m.Subject = "Hello\rBcc: eve@example.com" }, "another header"},
		"a NEL in Subject":        {func(m *mail.Message) { m.Subject = "Hello\u0085Bcc: eve@example.com" }, "another header"},
		"a long subject":          {func(m *mail.Message) { m.Subject = strings.Repeat("x", 201) }, "201 characters"},
		"a broken subject":        {func(m *mail.Message) { m.Subject = "\xff" }, "UTF-8"},
		"no text":                 {func(m *mail.Message) { m.Text = "\n" }, "Text: it is empty"},
		"a huge text":             {func(m *mail.Message) { m.Text = strings.Repeat("x", mail.MaxBody+1) }, "81921 bytes"},
		"a huge HTML":             {func(m *mail.Message) { m.HTML = strings.Repeat("x", mail.MaxBody+1) }, "HTML: it has 81921"},
		"a broken text":           {func(m *mail.Message) { m.Text = "\xff" }, "Text: it is not valid UTF-8"},
		"a NUL":                   {func(m *mail.Message) { m.HTML = "a\x00b" }, "HTML: it holds a NUL"},
		"a header in the ID":      {func(m *mail.Message) { m.ID = "a\r\nBcc: x" }, "ID:"},
		"an ID with an angle":     {func(m *mail.Message) { m.ID = "a>b" }, "ID:"},
		"a script to go to":       {func(m *mail.Message) { m.UnsubscribeURL = "javascript:alert(1)" }, "not a whole URL"},
		"a relative URL":          {func(m *mail.Message) { m.UnsubscribeURL = "/unsubscribe" }, "not a whole URL"},
		"a header in the URL":     {func(m *mail.Message) { m.UnsubscribeURL = "https://example.com/\r\nBcc: x" }, "not a whole URL"},
		"an angle in the URL":     {func(m *mail.Message) { m.UnsubscribeURL = "https://example.com/>x" }, "not a whole URL"},
		"an address, all spaces":  {func(m *mail.Message) { m.To = "   " }, "one plain address"},
	}

	for name, test := range wrong {
		err := letter(test.change).Check()
		if !errors.Is(err, mail.ErrRefused) || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: got %v, want ErrRefused that says %q", name, err, test.says)
		}
	}
}
