package blog_test

import (
	"strings"
	"testing"

	"example.com/pergola/core/fault"
	"example.com/pergola/features/blog"
)

func TestText_refusesWhatBreaksTheRules(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text  blog.Text
		field string
	}{
		"no title":             {blog.Text{Title: " \t "}, "title"},
		"long title":           {blog.Text{Title: strings.Repeat("ä", blog.MaxTitle+1)}, "title"},
		"NUL in title":         {blog.Text{Title: "a\x00b"}, "title"},
		"invalid title":        {blog.Text{Title: "a\xffb"}, "title"},
		"long summary":         {blog.Text{Title: "T", Summary: strings.Repeat("ä", blog.MaxSummary+1)}, "summary"},
		"NUL in summary":       {blog.Text{Title: "T", Summary: "\x00"}, "summary"},
		"invalid summary":      {blog.Text{Title: "T", Summary: "\xc3"}, "summary"},
		"long body":            {blog.Text{Title: "T", Body: strings.Repeat("ä", blog.MaxBody+1)}, "body"},
		"NUL in body":          {blog.Text{Title: "T", Body: "words\x00"}, "body"},
		"invalid body":         {blog.Text{Title: "T", Body: "\xed\xa0\x80"}, "body"},
		"surrogate half title": {blog.Text{Title: "\xed\xa0\x80"}, "title"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			_, err := test.text.Checked()

			wantFault(t, err, fault.Invalid)
			fields := fault.Fields(err)
			if len(fields) != 1 || fields[0].Name != test.field || fields[0].Message == "" {
				t.Errorf("fields are %+v, want one message about %q", fields, test.field)
			}
		})
	}
}

func TestText_namesEveryWrongField(t *testing.T) {
	t.Parallel()

	_, err := blog.Text{Summary: "\x00", Body: "\x00"}.Checked()

	var names []string
	for _, field := range fault.Fields(err) {
		names = append(names, field.Name)
	}
	if got := strings.Join(names, " "); got != "summary body title" {
		t.Errorf("wrong fields are %q, want summary, body and title", got)
	}
}

func TestText_takesWhatIsJustShortEnough(t *testing.T) {
	t.Parallel()
	text := blog.Text{
		Title:   strings.Repeat("ä", blog.MaxTitle),
		Summary: strings.Repeat("ä", blog.MaxSummary),
		Body:    strings.Repeat("ä", blog.MaxBody),
	}

	got, err := text.Checked()

	if err != nil || got != text {
		t.Errorf("a text of the longest possible fields is refused or changed: %v", err)
	}
}

func TestText_isTidied(t *testing.T) {
	t.Parallel()

	got, err := blog.Text{Title: "  One\n line ", Summary: "two\r\nlines", Body: "\r\na\r\nb\rc\n\n"}.Checked()

	want := blog.Text{Title: "One line", Summary: "two lines", Body: "a\nb\nc"}
	if err != nil || got != want {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
}
