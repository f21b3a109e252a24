package blog

import (
	"context"

	"example.com/pergola/core/observe"
	"example.com/pergola/core/realtime"
)

// ListDeskEditors returns the current state of DeskEditorsChannel: which
// editors are at the desk, and what each has open.
//
// It fails with fault.Unauthenticated or fault.Forbidden for anyone but an
// editor.
type ListDeskEditors func(ctx context.Context) (DeskEditors, error)

// NewListDeskEditors creates the use case.
func NewListDeskEditors(tracker realtime.Tracker) ListDeskEditors {
	list := observe.UseCase("blog.list_desk_editors", func(ctx context.Context, _ struct{}) (DeskEditors, error) {
		if _, err := currentEditor(ctx); err != nil {
			return DeskEditors{}, err
		}
		return deskEditors(DeskPresence.List(tracker)), nil
	})
	return func(ctx context.Context) (DeskEditors, error) { return list(ctx, struct{}{}) }
}
