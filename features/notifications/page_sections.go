package notifications

import (
	"context"
	"io"

	"github.com/a-h/templ"

	"example.com/pergola/core/auth"
	"example.com/pergola/features/blog"
	"example.com/pergola/web/components"
)

// announcements is the same on every page.
var announcements = components.Static(announcementRegion())

// bell is in the header of every page of a signed-in reader, with the place
// where announcements appear. If the inbox cannot be read, it reports that and
// shows no number until the page is live.
func (f *Feature) bell() templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		user := auth.CurrentUser(ctx)
		if !user.SignedIn() {
			return nil
		}
		view := bellView{ReaderID: user.ID}
		inbox, err := f.ReadInbox(ctx)
		if err != nil {
			f.Reporter.Report(ctx, err)
		} else {
			view.Inbox = &inbox
		}
		if err := bellButton(view).Render(ctx, w); err != nil {
			return err
		}
		return announcements.Render(ctx, w)
	})
}

// articleSection is on the page of every article: it lets a signed-in reader
// turn notifications of new articles on or off.
func (f *Feature) articleSection(ctx context.Context, article blog.ArticleRef) (templ.Component, error) {
	if !auth.CurrentUser(ctx).SignedIn() {
		return nil, nil
	}
	inbox, err := f.ReadInbox(ctx)
	if err != nil {
		return nil, err
	}
	return newArticlesSection(article.URL, inbox.NewArticles), nil
}
