package notifications

import "context"

func (f *Feature) notifyBatch(ctx context.Context, batch NotifyBatch) error {
	return f.DeliverNotice(ctx, DeliverNoticeInput(batch))
}

func (f *Feature) planDigests(ctx context.Context, due DueDigests) error {
	return f.PlanDigests(ctx, due)
}

func (f *Feature) sendDigest(ctx context.Context, digest SendDigest) error {
	return f.MailDigest(ctx, MailDigestInput(digest))
}

func (f *Feature) trimInboxes(ctx context.Context, _ TrimInboxesInput) error {
	return f.TrimInboxes(ctx)
}

func (f *Feature) removeDeletedReaders(ctx context.Context, _ RemoveDeletedReadersInput) error {
	return f.RemoveDeletedReaders(ctx)
}
