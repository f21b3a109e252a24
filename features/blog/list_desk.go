package blog

import (
	"context"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/observe"
	"example.com/pergola/core/pagination"
)

// EntriesPerPage is the number of articles on a page of the desk.
const EntriesPerPage = 50

// ListDesk lists all articles for editors, most recently changed first, one
// page at a time.
//
// It fails with fault.Invalid if After doesn't come from ListDesk or there is
// no such state, and with fault.Unauthenticated or fault.Forbidden for anyone
// but an editor.
type ListDesk func(ctx context.Context, in ListDeskInput) (DeskPage, error)

// ListDeskInput is what to list, and where the page begins.
type ListDeskInput struct {
	State State  // lists articles in this state only; "" lists all
	After string // DeskPage.Next of the previous page; "" for the first page
}

// DeskPage is one page of the desk's list.
type DeskPage struct {
	Entries []DeskEntry
	Next    string // where the next page begins; "" on the last page
}

// NewListDesk creates the use case.
func NewListDesk(articles *Articles) ListDesk {
	return observe.UseCase("blog.list_desk", func(ctx context.Context, in ListDeskInput) (page DeskPage, err error) {
		if _, err := currentEditor(ctx); err != nil {
			return DeskPage{}, err
		}
		if in.State != "" && in.State != StateDraft && in.State != StatePublished {
			return DeskPage{}, fault.InvalidFields(fault.Field{Name: "state", Message: "The state of an article is draft or published."})
		}
		after, err := pagination.ParseCursor(in.After)
		if err != nil {
			return DeskPage{}, err
		}
		found, err := articles.ListForDesk(ctx, in.State, after, EntriesPerPage+1)
		if err != nil {
			return DeskPage{}, err
		}
		page.Entries, page.Next = pagination.Cut(found, EntriesPerPage, DeskEntry.cursor)
		return page, nil
	})
}
