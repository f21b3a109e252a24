package mail

import (
	"context"
	"fmt"
	"log/slog"

	"example.com/pergola/core/database"
)

// Background sends messages through another Sender in the background, after the
// commit, for an application without jobs. A message that cannot be sent is lost,
// and logged without its content.
type Background struct {
	transport Sender
	logger    *slog.Logger
	slots     chan struct{} // holds an element for each message being sent
}

var _ Sender = (*Background)(nil)

// maxConcurrentMessages limits the messages that are sent at once. Further calls of
// Send wait, so that a slow mail server does not fill the memory.
const maxConcurrentMessages = 16

// NewBackground creates a Sender that sends through transport in the background.
func NewBackground(transport Sender, logger *slog.Logger) *Background {
	return &Background{transport: transport, logger: logger, slots: make(chan struct{}, maxConcurrentMessages)}
}

// Send sends the message after the commit of the transaction in the context, or at
// once if there is none. It fails only with the error of Message.Check.
func (b *Background) Send(ctx context.Context, message Message) error {
	if err := message.Check(); err != nil {
		return err
	}
	database.AfterCommit(ctx, func(ctx context.Context) {
		b.slots <- struct{}{}
		go b.send(ctx, message)
	})
	return nil
}

func (b *Background) send(ctx context.Context, message Message) {
	defer func() { <-b.slots }()
	if err := b.transport.Send(context.WithoutCancel(ctx), message); err != nil {
		b.logger.ErrorContext(ctx, "sending an email failed; it is lost", "error", err)
	}
}

// Start does nothing. With Stop it makes the sender a service of the application.
func (b *Background) Start(context.Context) error { return nil }

// Stop waits until all messages are sent. It fails if ctx ends before.
func (b *Background) Stop(ctx context.Context) error {
	for range maxConcurrentMessages {
		select {
		case b.slots <- struct{}{}:
		case <-ctx.Done():
			return fmt.Errorf("send the last emails: %w", ctx.Err())
		}
	}
	return nil
}
