package blog

import (
	"context"
	"time"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/fault"
)

// Article is one piece of writing, from its first draft on.
//
// An article is a draft or published. What may be done to it is decided by the
// methods below, which change the value and store nothing; each notes who did
// it and when.
type Article struct {
	ID   string // a UUID, version 7
	Slug string // its place under /articles/; unique, see settleSlug

	Title   string
	Summary string // as the editor wrote it, may be empty: readers see Excerpt
	Body    string // Markdown

	// What is made of the text when it is written: see Composer.
	Excerpt        string
	HTML           string
	ReadingMinutes int
	Edition        int // of the Composer that made them

	// AuthorName is the byline as it was when the draft was begun. It stays
	// when the author is renamed or leaves.
	AuthorID   string
	AuthorName string

	State       State
	Version     int       // counts the times it was stored
	PublishedAt time.Time // when it last became public; zero if it never was
	CreatedAt   time.Time
	LastChange  Change
}

// State says who may see an article.
type State string

// The states of an article.
const (
	StateDraft     State = "draft"     // editors see it
	StatePublished State = "published" // everybody sees it
)

// Change is the last thing that was done to an article, and by whom.
type Change struct {
	Action Action
	ByID   string
	ByName string
	At     time.Time
}

// Action is something an editor does to an article, in the past tense, so that
// "Ada published Mulching" is a sentence.
type Action string

// The actions. They are stored and sent to browsers: never change one.
const (
	ActionDrafted   Action = "drafted"
	ActionEdited    Action = "edited"
	ActionPublished Action = "published"
	ActionWithdrew  Action = "withdrew"
	ActionDeleted   Action = "deleted"
)

// NewDraft begins an article.
func NewDraft(id string, text Composed, author auth.User, at time.Time) Article {
	article := Article{
		ID:         id,
		AuthorID:   author.ID,
		AuthorName: author.Name,
		State:      StateDraft,
		CreatedAt:  at,
	}
	article.write(text)
	article.note(ActionDrafted, author, at)
	return article
}

// Edit gives the article another text.
func (a *Article) Edit(text Composed, editor auth.User, at time.Time) {
	a.write(text)
	a.note(ActionEdited, editor, at)
}

// Publish makes a draft public. It fails with fault.Conflict if the article is
// public already and fault.Invalid if it has no words yet.
func (a *Article) Publish(editor auth.User, at time.Time) error {
	if a.State == StatePublished {
		return fault.Conflict.New("“%s” is public already.", a.Title)
	}
	if a.Body == "" {
		return fault.InvalidFields(fault.Field{Name: "body", Message: "An article without words cannot be published."})
	}
	a.State = StatePublished
	a.PublishedAt = at
	a.note(ActionPublished, editor, at)
	return nil
}

// Unpublish makes a public article a draft again. It fails with fault.Conflict
// if it is one.
func (a *Article) Unpublish(editor auth.User, at time.Time) error {
	if a.State != StatePublished {
		return fault.Conflict.New("“%s” is not public.", a.Title)
	}
	a.State = StateDraft
	a.note(ActionWithdrew, editor, at)
	return nil
}

// WasPublic reports whether readers may know the article's address: it is
// public, or was once.
func (a Article) WasPublic() bool { return !a.PublishedAt.IsZero() }

// URL is the path of the article's page.
func (a Article) URL() string { return articleURL(a.Slug) }

// seenAt fails with fault.Conflict unless the version that the editor had on
// the screen is the one that is stored.
func (a Article) seenAt(version int) error {
	if a.Version == version {
		return nil
	}
	return fault.Conflict.New("%s changed “%s” in the meantime.", a.LastChange.ByName, a.Title)
}

// hasHad reports whether this change was the last, made by the same editor over
// the same version: the form arrived twice, and what it asked for is so. A text
// that was sent with it must be the one that is stored; nil asks for none.
func (a Article) hasHad(action Action, editor auth.User, version int, text *Composed) bool {
	return a.Version == version+1 && a.LastChange.Action == action && a.LastChange.ByID == editor.ID && (text == nil || a.says(*text))
}

func (a Article) says(text Composed) bool {
	return a.Title == text.Title && a.Summary == text.Summary && a.Body == text.Body
}

func (a *Article) write(text Composed) {
	a.Title = text.Title
	a.Summary = text.Summary
	a.Body = text.Body
	a.Excerpt = text.Excerpt
	a.HTML = text.HTML
	a.ReadingMinutes = text.ReadingMinutes
	a.Edition = text.Edition
}

func (a *Article) note(action Action, by auth.User, at time.Time) {
	a.LastChange = Change{Action: action, ByID: by.ID, ByName: by.Name, At: at}
}

func articleURL(slug string) string { return "/articles/" + slug }

// currentEditor is who is asking, if they may work at the desk. Every use case
// of the desk begins with it, so that no door into the feature (a page, a
// socket, a job) can forget to ask. It fails with fault.Unauthenticated and
// fault.Forbidden.
func currentEditor(ctx context.Context) (auth.User, error) {
	user := auth.CurrentUser(ctx)
	if !user.SignedIn() {
		return auth.User{}, fault.Unauthenticated.New("Please sign in to work at the desk.")
	}
	if !user.HasRole(auth.RoleEditor) {
		return auth.User{}, fault.Forbidden.New("Only editors work at the desk.")
	}
	return user, nil
}
