package blog

import (
	"cmp"
	"slices"
	"time"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/realtime"
)

// ArticleFeedChannel sends each newly published article to every open front
// page. It doesn't send later changes: a page shows those when it fetches the
// current state again (on reload, and after every reconnect).
//
// The name is on the wire: never change it.
var ArticleFeedChannel = realtime.DefineChannel[ArticleFeed]("blog.article.feed", realtime.Public)

// ArticleFeed is what the front page shows of a new article.
type ArticleFeed struct {
	ID          string    `json:"id" validate:"required,uuid"`
	Title       string    `json:"title" validate:"required,max=200"`
	Summary     string    `json:"summary" validate:"max=500"`
	URL         string    `json:"url" validate:"required,startswith=/articles/"`
	AuthorName  string    `json:"authorName"`
	PublishedAt time.Time `json:"publishedAt" validate:"required"`
}

func feedItem(article Article) ArticleFeed {
	return ArticleFeed{
		ID:          article.ID,
		Title:       article.Title,
		Summary:     article.Excerpt,
		URL:         article.URL(),
		AuthorName:  article.AuthorName,
		PublishedAt: article.PublishedAt,
	}
}

// DeskChannel sends editors one message for each change to an article. The
// bridge forwards ArticlePublishedEvent to it; use cases send the rest.
//
// The name is on the wire: never change it.
var DeskChannel = realtime.DefineChannel[DeskActivity]("blog.desk", realtime.Role(auth.RoleEditor))

// DeskActivity is a change to an article. Its id consists of the article's id
// and the version after the change, so each activity has its own.
//
// There is no log of activities: the current state of the desk, which a page
// fetches after every reconnect, is the last change of each article. A deletion
// is in this message only.
type DeskActivity struct {
	ID        string    `json:"id" validate:"required"`
	ActorName string    `json:"actorName"`
	Action    Action    `json:"action" validate:"oneof=drafted edited published unpublished deleted"`
	Title     string    `json:"title" validate:"required,max=200"`
	URL       string    `json:"url" validate:"required,startswith=/"`
	At        time.Time `json:"at" validate:"required"`
}

// ArticleReadersChannel sends the number of people who are reading an article.
// Those who may read the article may subscribe: everyone while it is published,
// editors always.
//
// The name is on the wire: never change it.
var ArticleReadersChannel = realtime.DefineKeyedChannel[ArticleReaders]("blog.article.{articleId}.readers", realtime.Public)

// ArticleReaders is the number of readers. A user counts once, in however many
// tabs. Each tab of a visitor counts, because nothing says which tabs belong to
// the same visitor.
type ArticleReaders struct {
	Count int `json:"count" validate:"min=0"`
}

// ArticleReadersPresence tracks who is reading each article.
var ArticleReadersPresence = realtime.DefineKeyedPresence(ArticleReadersChannel, func(here realtime.Present[ArticleReading]) ArticleReaders {
	return ArticleReaders{Count: here.Count()}
})

// ArticleReadingChannel receives from each open article page which article it
// shows. The page counts as a reader until it is closed. Nothing is stored.
//
// The name is on the wire: never change it.
var ArticleReadingChannel = realtime.DefineChannel[ArticleReading]("blog.article.reading", realtime.Public)

// ArticleReading is the article that the page shows.
type ArticleReading struct {
	ArticleID string `json:"articleId" validate:"required,uuid"`
}

// DeskEditorsChannel sends editors which of them are online at the desk, and
// what each has open.
//
// The name is on the wire: never change it.
var DeskEditorsChannel = realtime.DefineChannel[DeskEditors]("blog.desk.editors", realtime.Role(auth.RoleEditor))

// DeskEditors are the editors at the desk, sorted by name.
type DeskEditors struct {
	Editors []DeskEditor `json:"editors"`
}

// DeskEditor is an editor at the desk, in however many tabs.
type DeskEditor struct {
	UserID string          `json:"userId" validate:"required"`
	Name   string          `json:"name"`
	Open   []OpenedArticle `json:"open"`
}

// OpenedArticle is an article that an editor has open in the edit form.
type OpenedArticle struct {
	ArticleID string `json:"articleId" validate:"required,uuid"`
	Title     string `json:"title"`
	URL       string `json:"url" validate:"required,startswith=/"`
}

// DeskPresence tracks which editors are at the desk, and what each of their
// tabs has open: the zero OpenedArticle for nothing.
var DeskPresence = realtime.DefinePresence(DeskEditorsChannel, func(here realtime.Present[OpenedArticle]) DeskEditors {
	return deskEditors(here.List())
})

// DeskWorkingChannel receives from each open page of the desk what its editor
// has open. The editor is at the desk until the page is closed. Nothing is
// stored.
//
// The name is on the wire: never change it.
var DeskWorkingChannel = realtime.DefineChannel[DeskWorking]("blog.desk.working", realtime.Role(auth.RoleEditor))

// DeskWorking is the article that the page has open, if any.
type DeskWorking struct {
	ArticleID string `json:"articleId,omitempty" validate:"omitempty,uuid"`
}

// Others returns the names of the editors, except for this user, who have the
// article open.
func (d DeskEditors) Others(articleID, userID string) []string {
	var names []string
	for _, editor := range d.Editors {
		if editor.UserID != userID && editor.hasOpen(articleID) {
			names = append(names, editor.Name)
		}
	}
	return names
}

func (e DeskEditor) hasOpen(articleID string) bool {
	return slices.ContainsFunc(e.Open, func(open OpenedArticle) bool { return open.ArticleID == articleID })
}

func deskEditors(members []realtime.Member[OpenedArticle]) DeskEditors {
	editors := DeskEditors{Editors: make([]DeskEditor, 0, len(members))}
	for _, member := range members {
		editor := DeskEditor{UserID: member.UserID, Name: member.Name}
		for _, open := range member.Connections {
			if open.ArticleID != "" && !editor.hasOpen(open.ArticleID) {
				editor.Open = append(editor.Open, open)
			}
		}
		slices.SortFunc(editor.Open, func(a, b OpenedArticle) int {
			return cmp.Or(cmp.Compare(a.Title, b.Title), cmp.Compare(a.ArticleID, b.ArticleID))
		})
		editors.Editors = append(editors.Editors, editor)
	}
	slices.SortFunc(editors.Editors, func(a, b DeskEditor) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.UserID, b.UserID))
	})
	return editors
}
