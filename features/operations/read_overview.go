package operations

import (
	"context"
	"slices"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/observe"
	"example.com/pergola/core/realtime"
	"example.com/pergola/features/accounts"
)

// ReadOverview tells an administrator what goes on at this moment. It fails
// with fault.Forbidden for everybody else, and with fault.NotFound if there is
// no such gate.
type ReadOverview func(ctx context.Context, in ReadOverviewInput) (Overview, error)

// ReadOverviewInput says of which gate the refusals are asked for; "" for all.
type ReadOverviewInput struct{ Gate string }

// NewReadOverview makes the use case.
func NewReadOverview(hub *realtime.Hub, findUsers accounts.FindUsers) ReadOverview {
	return observe.UseCase("operations.read_overview", func(ctx context.Context, in ReadOverviewInput) (Overview, error) {
		if !auth.CurrentUser(ctx).HasRole(auth.RoleAdmin) {
			return Overview{}, fault.Forbidden.New("This is for administrators.")
		}
		if in.Gate != "" && !slices.Contains(realtime.Gates(), in.Gate) {
			return Overview{}, fault.NotFound.New("There is no such gate.")
		}
		overview := overviewOf(hub.Stats(), in.Gate)
		users, err := findUsers(ctx, overview.userIDs())
		if err != nil {
			return Overview{}, err
		}
		overview.name(users)
		return overview, nil
	})
}
