package notifications

import "context"

// What is done when a job's time has come: one unexported method of Feature
// for each job, listed in the Manifest with jobs.Handle.

func (f *Feature) notifyBatch(ctx context.Context, batch NotifyBatch) error {
	return f.deps.DeliverNotice(ctx, DeliverNoticeInput(batch))
}

func (f *Feature) planDigests(ctx context.Context, planned PlannedDigests) error {
	return f.deps.PlanDigests(ctx, planned)
}

func (f *Feature) sendDigest(ctx context.Context, digest SendDigest) error {
	return f.deps.MailDigest(ctx, MailDigestInput(digest))
}

func (f *Feature) trimInboxes(ctx context.Context, _ TrimmedInboxes) error {
	return f.deps.TrimInboxes(ctx)
}

func (f *Feature) forgetReaders(ctx context.Context, _ ForgetReaders) error {
	return f.deps.ForgetGoneReaders(ctx)
}
