package notifications

import (
	"context"
	"io"

	"github.com/a-h/templ"

	"example.com/pergola/core/auth"
)

// bell is what every page of a reader has in its header: the bell, and the
// place from which announcements come. It never spoils a page: an inbox that
// cannot be read is reported, and the bell has no number until the page is
// live.
func (f *Feature) bell() templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		user := auth.CurrentUser(ctx)
		if !user.SignedIn() {
			return nil
		}
		view := bellView{ReaderID: user.ID}
		inbox, err := f.deps.ReadInbox(ctx)
		if err != nil {
			f.deps.Reporter.Report(ctx, err)
		} else {
			view.Inbox = &inbox
		}
		if err := bellButton(view).Render(ctx, w); err != nil {
			return err
		}
		return f.announcements.Render(ctx, w)
	})
}
