package feature

import (
	"context"

	"example.com/pergola/core/fault"
)

// AcceptDuplicate makes a change idempotent. A form can arrive twice (a double
// click, a retried request), and the second submission then fails with
// fault.Conflict although everything is as the person asked. If err is such a
// Conflict and applied reports that the stored entity already has the change,
// AcceptDuplicate returns that entity and no error. Otherwise it returns err.
//
//	if err != nil {
//		article, err = feature.AcceptDuplicate(ctx, err, in.ID, articles.Find, func(stored Article) bool {
//			return stored.Title == in.Title && stored.Version == in.Version+1
//		})
//	}
func AcceptDuplicate[T any](ctx context.Context, err error, id string, find func(context.Context, string) (T, error), applied func(stored T) bool) (T, error) {
	var none T
	if fault.KindOf(err) != fault.Conflict {
		return none, err
	}
	stored, findErr := find(ctx, id)
	if findErr != nil || !applied(stored) {
		return none, err
	}
	return stored, nil
}
