package blog_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/fault/faulttest"
	"example.com/pergola/features/blog"
)

func TestArticle_isPublishedAndUnpublished(t *testing.T) {
	t.Parallel()
	article := blog.NewDraft("", render(t, blog.Text{Body: "Words"}), ada, march)

	notPublished := article.Unpublish(edith, march)
	err := article.Publish(edith, march)
	published := article
	again := article.Publish(edith, march)
	err = errors.Join(err, article.Unpublish(ada, march.Add(time.Hour)))

	faulttest.Want(t, notPublished, fault.Conflict)
	faulttest.Want(t, again, fault.Conflict)
	want := blog.Change{Action: blog.ActionPublished, ByID: edith.ID, ByName: "Edith", At: march}
	if published.State != blog.StatePublished || published.PublishedAt != march || published.LastChange != want {
		t.Errorf("published %+v", published)
	}
	want = blog.Change{Action: blog.ActionUnpublished, ByID: ada.ID, ByName: "Ada", At: march.Add(time.Hour)}
	if err != nil || article.State != blog.StateDraft || !article.WasPublished() || article.LastChange != want {
		t.Errorf("unpublished %+v, %v", article, err)
	}
}

func TestArticle_needsABodyToBePublished(t *testing.T) {
	t.Parallel()
	article := blog.NewDraft("", render(t, blog.Text{}), ada, march)

	err := article.Publish(ada, march)

	faulttest.Want(t, err, fault.Invalid)
	if fields := fault.Fields(err); len(fields) != 1 || fields[0].Name != "body" || article.State != blog.StateDraft {
		t.Errorf("invalid fields are %+v, and the state %q; want the body, and a draft", fields, article.State)
	}
}

func TestText_rejectsInvalidFields(t *testing.T) {
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

			_, err := test.text.Normalize()

			faulttest.Want(t, err, fault.Invalid)
			fields := fault.Fields(err)
			if len(fields) != 1 || fields[0].Name != test.field || fields[0].Message == "" {
				t.Errorf("fields are %+v, want one message for %q", fields, test.field)
			}
		})
	}
}

func TestText_namesEveryInvalidField(t *testing.T) {
	t.Parallel()

	_, err := blog.Text{Summary: "\x00", Body: "\x00"}.Normalize()

	var names []string
	for _, field := range fault.Fields(err) {
		names = append(names, field.Name)
	}
	if got := strings.Join(names, " "); got != "summary body title" {
		t.Errorf("invalid fields are %q, want summary, body and title", got)
	}
}

func TestText_acceptsTheMaximumLength(t *testing.T) {
	t.Parallel()
	text := blog.Text{
		Title:   strings.Repeat("ä", blog.MaxTitle),
		Summary: strings.Repeat("ä", blog.MaxSummary),
		Body:    strings.Repeat("ä", blog.MaxBody),
	}

	got, err := text.Normalize()

	if err != nil || got != text {
		t.Errorf("a text of the maximum length was rejected or changed: %v", err)
	}
}

func TestText_isNormalized(t *testing.T) {
	t.Parallel()

	got, err := blog.Text{Title: "  One\n line ", Summary: "two\r\nlines", Body: "\r\na\r\nb\rc\n\n"}.Normalize()

	want := blog.Text{Title: "One line", Summary: "two lines", Body: "a\nb\nc"}
	if err != nil || got != want {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
}
