package operations

import (
	"context"
	"log/slog"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/events"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/jobs"
)

// perPage is how many jobs, events or deliveries a page shows.
const perPage = 25

// PageInput says which page of a list is asked for. At most one is set.
type PageInput struct {
	OlderThan string // PageLinks.Older of the page before
	NewerThan string // PageLinks.Newer of the page after
}

// PageLinks are the ways on from a page of a list.
type PageLinks struct {
	Newer string // "" if nothing is newer
	Older string // "" if nothing is older
}

// onePage makes a page of a list that was asked for with one entry more than a
// page has.
func onePage[T any](found []T, in PageInput, id func(T) string) ([]T, PageLinks) {
	more := len(found) > perPage
	newer, older := in.OlderThan != "", more
	switch {
	case in.NewerThan != "":
		newer, older = more, true
		if more {
			found = found[1:]
		}
	case more:
		found = found[:perPage]
	}
	var links PageLinks
	if len(found) > 0 && newer {
		links.Newer = id(found[0])
	}
	if len(found) > 0 && older {
		links.Older = id(found[len(found)-1])
	}
	return found, links
}

func adminsOnly(ctx context.Context) error {
	if !auth.CurrentUser(ctx).HasRole(auth.RoleAdmin) {
		return fault.Forbidden.New("This is for administrators.")
	}
	return nil
}

// changeJob does something to a job for an administrator, and writes down who
// did it.
func changeJob(ctx context.Context, queue jobs.Inspector, logger *slog.Logger, what, id string, change func(context.Context, string) error) (jobs.Record, error) {
	if err := adminsOnly(ctx); err != nil {
		return jobs.Record{}, err
	}
	if err := change(ctx, id); err != nil {
		return jobs.Record{}, err
	}
	record, err := queue.Find(ctx, id)
	if err != nil {
		return jobs.Record{}, err
	}
	audit(ctx, logger, what+" a job", slog.String("job", record.Job), slog.String("id", id))
	return record, nil
}

// changeDelivery does the same to a delivery of an event.
func changeDelivery(ctx context.Context, logger *slog.Logger, what, id string, change func(context.Context, string) error) error {
	if err := adminsOnly(ctx); err != nil {
		return err
	}
	if err := change(ctx, id); err != nil {
		return err
	}
	audit(ctx, logger, what+" a delivery", slog.String("id", id))
	return nil
}

// changeQueue pauses or resumes a queue.
func changeQueue(ctx context.Context, logger *slog.Logger, what, queue string, change func(context.Context, string) error) error {
	if err := adminsOnly(ctx); err != nil {
		return err
	}
	if err := change(ctx, queue); err != nil {
		return err
	}
	audit(ctx, logger, what+" a queue", slog.String("queue", queue))
	return nil
}

// audit writes down what an administrator did.
func audit(ctx context.Context, logger *slog.Logger, did string, of ...slog.Attr) {
	attrs := append([]slog.Attr{slog.String("admin", auth.CurrentUser(ctx).ID)}, of...)
	logger.LogAttrs(ctx, slog.LevelInfo, "an administrator "+did, attrs...)
}

// sumUp counts all jobs and deliveries.
func sumUp(queues []jobs.QueueState, handlers []events.HandlerState) (work Work) {
	add := func(counts map[jobs.State]int) {
		work.Waiting += counts[jobs.Waiting] + counts[jobs.Scheduled] + counts[jobs.Retrying]
		work.Running += counts[jobs.Running]
		work.Failed += counts[jobs.Failed]
	}
	for _, queue := range queues {
		add(queue.Counts)
	}
	for _, handler := range handlers {
		add(handler.Counts)
	}
	return work
}
