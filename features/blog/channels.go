package blog

import (
	"context"
	"strconv"
	"time"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/realtime"
)

// ArticleFeedChannel tells every open front page of an article the moment it
// becomes public. It does not tell of an article that was withdrawn or
// changed: that shows when the page asks for its present state again (on
// reload, and after every reconnect).
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

// DeskChannel tells editors what is done to articles as it is done. There is
// one message for every action; that an article was published comes over the
// bridge, from ArticlePublishedEvent.
//
// The name is on the wire: never change it.
var DeskChannel = realtime.DefineChannel[DeskActivity]("blog.desk", realtime.Role(auth.RoleEditor))

// DeskActivity is something that was done to an article. Its id names the
// article and the version that this made of it, so that each activity has one.
// The present state of the desk, which a page asks for after every reconnect,
// is the last activity of each article, with no log kept beside the articles:
// of a deleted one nothing is left but this message.
type DeskActivity struct {
	ID        string    `json:"id" validate:"required"`
	ActorName string    `json:"actorName"`
	Action    Action    `json:"action" validate:"oneof=drafted edited published withdrew deleted"`
	Title     string    `json:"title" validate:"required,max=200"`
	URL       string    `json:"url" validate:"required,startswith=/"`
	At        time.Time `json:"at" validate:"required"`
}

// ArticleReadersChannel tells how many are reading an article now. Whoever may
// read the article may hear it: everybody while it is public, editors always.
//
// The name is on the wire: never change it.
var ArticleReadersChannel = realtime.DefineKeyedChannel[ArticleReaders]("blog.article.{articleId}.readers", realtime.Public)

// ArticleReaders is how many are reading: a user in two tabs is one, and each
// page of a visitor is one, because nobody can tell which belong together.
type ArticleReaders struct {
	Count int `json:"count" validate:"min=0"`
}

// ArticleReadingChannel is what pages say that show an article: they count as
// readers for as long as they are open. Nothing is stored.
//
// The name is on the wire: never change it.
var ArticleReadingChannel = realtime.DefineChannel[ArticleReading]("blog.article.reading", realtime.Public)

// ArticleReading is the article that the page shows.
type ArticleReading struct {
	ArticleID string `json:"articleId" validate:"required,uuid"`
}

// DeskEditorsChannel tells editors which of them are at the desk, and what each
// has open.
//
// The name is on the wire: never change it.
var DeskEditorsChannel = realtime.DefineChannel[DeskEditors]("blog.desk.editors", realtime.Role(auth.RoleEditor))

// DeskEditors are the editors who are at the desk, by name.
type DeskEditors struct {
	Editors []DeskEditor `json:"editors"`
}

// DeskEditor is an editor at the desk, in however many tabs.
type DeskEditor struct {
	UserID string     `json:"userId" validate:"required"`
	Name   string     `json:"name"`
	Open   []OpenWork `json:"open"`
}

// OpenWork is an article that an editor has open to work on it.
type OpenWork struct {
	ArticleID string `json:"articleId" validate:"required,uuid"`
	Title     string `json:"title"`
	URL       string `json:"url" validate:"required,startswith=/"`
}

// DeskWorkingChannel is what pages of the desk say: this editor is here. It is
// so for as long as they are open. Nothing is stored.
//
// The name is on the wire: never change it.
var DeskWorkingChannel = realtime.DefineChannel[DeskWorking]("blog.desk.working", realtime.Role(auth.RoleEditor))

// DeskWorking is the article that the page has open, if any.
type DeskWorking struct {
	ArticleID string `json:"articleId,omitempty" validate:"omitempty,uuid"`
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

// tellDesk tells the desk of the article's last change.
func tellDesk(ctx context.Context, rt realtime.Broadcaster, article Article) error {
	return DeskChannel.Broadcast(ctx, rt, activityOf(article.ID, article.Version, article.Title, article.LastChange))
}

func activityOf(articleID string, version int, title string, change Change) DeskActivity {
	return DeskActivity{
		ID:        articleID + "." + strconv.Itoa(version),
		ActorName: change.ByName,
		Action:    change.Action,
		Title:     title,
		URL:       activityURL(articleID, change.Action),
		At:        change.At,
	}
}

// activityURL is where an editor goes to see what was done.
func activityURL(id string, action Action) string {
	if action == ActionDeleted {
		return "/desk"
	}
	return editURL(id)
}

func editURL(id string) string { return "/desk/articles/" + id + "/edit" }
