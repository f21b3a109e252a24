package jobadmin

import (
	"context"
	"log/slog"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/jobs"
)

// changeJob changes a job for an administrator and logs who did it.
func changeJob(ctx context.Context, queue *jobs.Worker, logger *slog.Logger, action, id string, change func(context.Context, string) error) error {
	if err := auth.CheckRole(ctx, auth.RoleAdmin); err != nil {
		return err
	}
	if err := change(ctx, id); err != nil {
		return err
	}
	job, err := queue.Find(ctx, id)
	if err != nil {
		return err
	}
	logger.InfoContext(ctx, "administrator "+action+" a job", "admin", auth.CurrentUser(ctx).ID, "job", job.Job, "id", id)
	return nil
}

// changeQueue changes a queue for an administrator and logs who did it.
func changeQueue(ctx context.Context, logger *slog.Logger, action, queue string, change func(context.Context, string) error) error {
	if err := auth.CheckRole(ctx, auth.RoleAdmin); err != nil {
		return err
	}
	if err := change(ctx, queue); err != nil {
		return err
	}
	logger.InfoContext(ctx, "administrator "+action+" a queue", "admin", auth.CurrentUser(ctx).ID, "queue", queue)
	return nil
}
