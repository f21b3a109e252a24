package connections

import (
	"context"
	"slices"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/observe"
	"example.com/pergola/core/realtime"
	"example.com/pergola/features/accounts"
)

// ReadOverview returns who is connected to this process, what they subscribe
// to, and the latest rejections. It fails with fault.Forbidden unless the user
// is an administrator, and with fault.NotFound if there is no such gate.
type ReadOverview func(ctx context.Context, in ReadOverviewInput) (Overview, error)

// ReadOverviewInput selects the rejections of one gate; "" selects all.
type ReadOverviewInput struct{ Gate string }

// NewReadOverview makes the use case.
func NewReadOverview(hub *realtime.Hub, findUsers accounts.FindUsers) ReadOverview {
	return observe.UseCase("connections.read_overview", func(ctx context.Context, in ReadOverviewInput) (Overview, error) {
		if err := auth.CheckRole(ctx, auth.RoleAdmin); err != nil {
			return Overview{}, err
		}
		if in.Gate != "" && !slices.Contains(realtime.Gates(), in.Gate) {
			return Overview{}, fault.NotFound.New("There is no such gate.")
		}
		overview := newOverview(hub.Stats(), in.Gate)
		users, err := findUsers(ctx, overview.userIDs())
		if err != nil {
			return Overview{}, err
		}
		overview.setUsers(users)
		return overview, nil
	})
}
