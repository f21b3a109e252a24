package mail

import (
	"context"
	"fmt"
	"log/slog"

	"example.com/pergola/core/database"
)

// Background sends through another Sender after the commit, while the caller
// goes on: for an application without jobs. A message that fails is lost, with
// a line in the log that holds no content; who has jobs, sends by them.
type Background struct {
	carrier Sender
	logger  *slog.Logger
	places  chan struct{} // one for each message under way
}

var _ Sender = (*Background)(nil)

// messagesUnderWay is how many deliveries go on at a time. More wait, and their
// senders with them, so that a slow mail server fills no memory.
const messagesUnderWay = 16

// NewBackground makes a Sender that works beside its callers.
func NewBackground(carrier Sender, logger *slog.Logger) *Background {
	return &Background{carrier: carrier, logger: logger, places: make(chan struct{}, messagesUnderWay)}
}

// Send has the message sent after the commit, and never if the transaction in
// the context rolls back; without one, at once. It fails only with what
// Message.Check says.
func (b *Background) Send(ctx context.Context, message Message) error {
	if err := message.Check(); err != nil {
		return err
	}
	database.AfterCommit(ctx, func(ctx context.Context) {
		b.places <- struct{}{}
		go b.carry(ctx, message)
	})
	return nil
}

func (b *Background) carry(ctx context.Context, message Message) {
	defer func() { <-b.places }()
	if err := b.carrier.Send(context.WithoutCancel(ctx), message); err != nil {
		b.logger.ErrorContext(ctx, "a mail was not sent, and is lost", "error", err)
	}
}

// Start has nothing to do. With Stop it makes the sender a service of the
// application.
func (b *Background) Start(context.Context) error { return nil }

// Stop waits until everything under way is sent. It fails if ctx ends before.
func (b *Background) Stop(ctx context.Context) error {
	for range messagesUnderWay {
		select {
		case b.places <- struct{}{}:
		case <-ctx.Done():
			return fmt.Errorf("send the last mails: %w", ctx.Err())
		}
	}
	return nil
}
