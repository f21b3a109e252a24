package eventadmin

import (
	"context"
	"log/slog"

	"example.com/pergola/core/auth"
)

// changeDelivery changes a delivery for an administrator and logs who did it.
func changeDelivery(ctx context.Context, logger *slog.Logger, action, id string, change func(context.Context, string) error) error {
	if err := auth.CheckRole(ctx, auth.RoleAdmin); err != nil {
		return err
	}
	if err := change(ctx, id); err != nil {
		return err
	}
	logger.InfoContext(ctx, "administrator "+action+" a delivery", "admin", auth.CurrentUser(ctx).ID, "id", id)
	return nil
}
