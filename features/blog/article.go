package blog

import (
	"strings"
	"time"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/form"
)

// Article is a post: a draft or published.
//
// Its methods enforce the rules for changing it. They change the value only;
// Articles saves it. Each change records who made it and when.
type Article struct {
	ID   string // a UUID, version 7
	Slug string // the last part of its path, unique: see Articles.AssignSlug

	Title   string
	Summary string // as the editor wrote it, may be empty: readers see Excerpt
	Body    string // Markdown

	// Rendered from the text when it is saved: see Renderer.
	Excerpt         string
	HTML            string
	ReadingMinutes  int
	RendererVersion int

	// AuthorName is the byline. It stays as it was when the draft was created,
	// even if the author's account is renamed or deleted.
	AuthorID   string
	AuthorName string

	State       State
	Version     int       // increases by one with every save
	PublishedAt time.Time // when it was last published; zero if it never was
	CreatedAt   time.Time
	LastChange  Change
}

// State decides who may see an article.
type State string

// The states of an article.
const (
	StateDraft     State = "draft"     // visible to editors
	StatePublished State = "published" // visible to everyone
)

// Change is the most recent change to an article.
type Change struct {
	Action Action
	ByID   string
	ByName string
	At     time.Time
}

// Action is what an editor did to an article, in the past tense, so that
// "Ada published Mulching" is a sentence.
type Action string

// The actions. They are stored and sent to browsers: never change one.
const (
	ActionDrafted     Action = "drafted"
	ActionEdited      Action = "edited"
	ActionPublished   Action = "published"
	ActionUnpublished Action = "unpublished"
	ActionDeleted     Action = "deleted"
)

// NewDraft creates an article.
func NewDraft(id string, text RenderedText, author auth.User, at time.Time) Article {
	article := Article{
		ID:         id,
		AuthorID:   author.ID,
		AuthorName: author.Name,
		State:      StateDraft,
		CreatedAt:  at,
	}
	article.setText(text)
	article.record(ActionDrafted, author, at)
	return article
}

// Edit replaces the article's text.
func (a *Article) Edit(text RenderedText, editor auth.User, at time.Time) {
	a.setText(text)
	a.record(ActionEdited, editor, at)
}

// Publish makes a draft public. It fails with fault.Conflict if the article is
// already published and with fault.Invalid if its body is empty.
func (a *Article) Publish(editor auth.User, at time.Time) error {
	if a.State == StatePublished {
		return fault.Conflict.New("“%s” is already published.", a.Title)
	}
	if a.Body == "" {
		return fault.InvalidFields(fault.Field{Name: "body", Message: "Write some text before you publish the article."})
	}
	a.State = StatePublished
	a.PublishedAt = at
	a.record(ActionPublished, editor, at)
	return nil
}

// Unpublish turns a published article back into a draft. It fails with
// fault.Conflict if the article isn't published.
func (a *Article) Unpublish(editor auth.User, at time.Time) error {
	if a.State != StatePublished {
		return fault.Conflict.New("“%s” isn't published.", a.Title)
	}
	a.State = StateDraft
	a.record(ActionUnpublished, editor, at)
	return nil
}

// WasPublished reports whether readers may know the article's URL: it is
// published now or was before.
func (a Article) WasPublished() bool { return !a.PublishedAt.IsZero() }

// URL returns the path of the article's page.
func (a Article) URL() string { return articleURL(a.Slug) }

// checkVersion fails with fault.Conflict unless the editor saw the version that
// is stored.
func (a Article) checkVersion(seen int) error {
	if a.Version == seen {
		return nil
	}
	return fault.Conflict.New("%s has changed “%s” since you opened it.", a.LastChange.ByName, a.Title)
}

// hasChange reports whether the last change to the article is this one, made by
// the same editor to the version that they saw, so that a form that arrives
// twice is not a conflict. A nil text matches any.
func (a Article) hasChange(action Action, editor auth.User, seen int, text *RenderedText) bool {
	return a.Version == seen+1 && a.LastChange.Action == action && a.LastChange.ByID == editor.ID &&
		(text == nil || a.text() == text.Text)
}

func (a Article) text() Text { return Text{Title: a.Title, Summary: a.Summary, Body: a.Body} }

func (a *Article) setText(text RenderedText) {
	a.Title = text.Title
	a.Summary = text.Summary
	a.Body = text.Body
	a.Excerpt = text.Excerpt
	a.HTML = text.HTML
	a.ReadingMinutes = text.ReadingMinutes
	a.RendererVersion = text.RendererVersion
}

func (a *Article) record(action Action, by auth.User, at time.Time) {
	a.LastChange = Change{Action: action, ByID: by.ID, ByName: by.Name, At: at}
}

func articleURL(slug string) string { return "/articles/" + slug }

// The maximum lengths of a Text, in characters.
const (
	MaxTitle   = 200
	MaxSummary = 500
	MaxBody    = 100_000
)

// Text is what an editor writes: the fields of the edit form.
type Text struct {
	Title   string
	Summary string // optional: without it readers see the beginning of the body
	Body    string // Markdown
}

// Normalize returns the text as it is stored: title and summary on one line
// each, the body with Unix line endings. It fails with fault.Invalid, naming
// every field that is missing, too long, or not valid text.
func (t Text) Normalize() (Text, error) {
	t.Title, t.Summary = form.Line(t.Title), form.Line(t.Summary)
	t.Body = strings.Trim(unixLineEndings(t.Body), "\n")
	var errs form.Errors
	errs.MaxLength("title", "The title", t.Title, MaxTitle)
	errs.MaxLength("summary", "The summary", t.Summary, MaxSummary)
	errs.MaxLength("body", "The text", t.Body, MaxBody)
	if t.Title == "" {
		errs.Add("title", "Enter a title.")
	}
	return t, errs.Err()
}

// unixLineEndings replaces the CR LF that browsers send in forms.
func unixLineEndings(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
}
