package blog

import (
	"context"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/observe"
)

// EntriesPerPage is how many articles the desk shows at once.
const EntriesPerPage = 50

// ListDesk shows editors all articles, last changed first, a page at a time.
//
// It fails with fault.Invalid if After was not made by ListDesk or there is no
// such state, and with fault.Unauthenticated or fault.Forbidden if no editor
// asks.
type ListDesk func(ctx context.Context, in ListDeskInput) (DeskPage, error)

// ListDeskInput says what to show, and where the page begins.
type ListDeskInput struct {
	State State  // only articles of this state; "" for all
	After string // DeskPage.Next of the page before; "" for the first page
}

// DeskPage is one page of the desk's list.
type DeskPage struct {
	Entries []DeskEntry
	Next    string // where the next page begins; "" if this is the last
}

// NewListDesk makes the use case.
func NewListDesk(articles Articles) ListDesk {
	return observe.UseCase("blog.list_desk", func(ctx context.Context, in ListDeskInput) (DeskPage, error) {
		if _, err := currentEditor(ctx); err != nil {
			return DeskPage{}, err
		}
		if in.State != "" && in.State != StateDraft && in.State != StatePublished {
			return DeskPage{}, fault.InvalidFields(fault.Field{Name: "state", Message: "Articles are drafts or published."})
		}
		after, err := ParseCursor(in.After)
		if err != nil {
			return DeskPage{}, err
		}
		found, err := articles.ListForDesk(ctx, in.State, after, EntriesPerPage+1)
		if err != nil {
			return DeskPage{}, err
		}
		page := DeskPage{Entries: found}
		if len(found) > EntriesPerPage {
			page.Entries = found[:EntriesPerPage]
			last := page.Entries[EntriesPerPage-1]
			page.Next = Cursor{At: last.LastChange.At, ID: last.ID}.String()
		}
		return page, nil
	})
}
