package backplane

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/database"
	"example.com/pergola/core/realtime"
)

// Local manages the sockets of this process. *realtime.Hub implements it.
type Local interface {
	realtime.Broadcaster
	auth.Watcher

	// Reconnect makes all sockets reconnect, because they may have missed messages.
	// ReconnectUser makes those of one user reconnect.
	Reconnect()
	ReconnectUser(userID string)
}

// Relay broadcasts to the sockets of all processes.
type Relay struct {
	local  Local
	plane  Backplane // nil in an application of one process
	logger *slog.Logger
}

var (
	_ realtime.Broadcaster = (*Relay)(nil)
	_ auth.Watcher         = (*Relay)(nil)
)

// NewRelay creates a relay for the hub of this process. If plane is nil, it forwards
// only to the hub.
func NewRelay(local Local, plane Backplane, logger *slog.Logger) *Relay {
	return &Relay{local: local, plane: plane, logger: logger}
}

// signal is a message between processes. Never change its names: during a deployment,
// processes of two versions exchange messages.
type signal struct {
	Kind    string          `json:"kind"`
	Channel string          `json:"channel,omitempty"`
	Topic   string          `json:"topic,omitempty"`
	Payload json.RawMessage `json:"payload,omitempty"`
	Session string          `json:"session,omitempty"`
	User    string          `json:"user,omitempty"`
}

const (
	kindBroadcast     = "broadcast"
	kindRecheck       = "recheck"
	kindSessionEnded  = "session_ended"
	kindUserSignedOut = "user_signed_out"
	kindRolesChanged  = "roles_changed"
)

// Broadcast sends the message to all subscribers of its topic in all processes: after
// the commit if ctx carries a transaction, otherwise immediately.
func (r *Relay) Broadcast(ctx context.Context, message realtime.Message) error {
	if err := r.local.Broadcast(ctx, message); err != nil {
		return err
	}
	r.send(ctx, signal{Kind: kindBroadcast, Channel: message.Channel, Topic: message.Topic, Payload: message.JSON})
	return nil
}

// Recheck calls the authorizer of a topic again, in every process.
func (r *Relay) Recheck(ctx context.Context, topic string) {
	r.local.Recheck(ctx, topic)
	r.send(ctx, signal{Kind: kindRecheck, Topic: topic})
}

// SessionEnded closes the sockets of the session.
func (r *Relay) SessionEnded(ctx context.Context, sessionID string) {
	r.local.SessionEnded(ctx, sessionID)
	r.send(ctx, signal{Kind: kindSessionEnded, Session: sessionID})
}

// UserSignedOut closes all sockets of the user.
func (r *Relay) UserSignedOut(ctx context.Context, userID string) {
	r.local.UserSignedOut(ctx, userID)
	r.send(ctx, signal{Kind: kindUserSignedOut, User: userID})
}

// RolesChanged removes the user's subscriptions that these roles do not allow. In
// other processes the user's sockets reconnect and read their roles again, because
// the roles may have changed again before the message arrives.
func (r *Relay) RolesChanged(ctx context.Context, userID string, roles []string) {
	r.local.RolesChanged(ctx, userID, roles)
	r.send(ctx, signal{Kind: kindRolesChanged, User: userID})
}

func (r *Relay) send(ctx context.Context, s signal) {
	if r.plane == nil {
		return
	}
	raw, err := json.Marshal(s)
	if err != nil { // the payload is JSON already
		r.logger.ErrorContext(ctx, "cannot encode a message to other processes", "topic", s.Topic, "error", err)
		return
	}
	send := func(context.Context) { r.plane.Send(raw) }
	database.AfterCommit(ctx, send)
	if s.Kind == kindRecheck {
		database.InDoubt(ctx, send) // as the hub does
	}
}

// receive handles a message of another process.
func (r *Relay) receive(ctx context.Context, raw []byte) {
	var s signal
	if err := json.Unmarshal(raw, &s); err != nil {
		r.logger.WarnContext(ctx, "cannot decode a message from another process", "error", err)
		return
	}
	switch s.Kind {
	case kindBroadcast:
		message := realtime.Message{Channel: s.Channel, Topic: s.Topic, Payload: s.Payload, JSON: s.Payload}
		if err := r.local.Broadcast(ctx, message); err != nil {
			r.logger.WarnContext(ctx, "cannot deliver a broadcast from another process", "topic", s.Topic, "error", err)
		}
	case kindRecheck:
		r.local.Recheck(ctx, s.Topic)
	case kindSessionEnded:
		r.local.SessionEnded(ctx, s.Session)
	case kindUserSignedOut:
		r.local.UserSignedOut(ctx, s.User)
	case kindRolesChanged:
		r.local.ReconnectUser(s.User)
	default:
		r.logger.WarnContext(ctx, "unknown kind of message from another process", "kind", s.Kind)
	}
}

// Metrics returns the backplane's metrics, or zero if there is none.
func (r *Relay) Metrics() Metrics {
	if r.plane == nil {
		return Metrics{}
	}
	return r.plane.Metrics()
}

// Start starts receiving from other processes.
func (r *Relay) Start(ctx context.Context) error {
	if r.plane == nil {
		return nil
	}
	receiving := context.WithoutCancel(ctx)
	listener := Listener{
		Receive: func(raw []byte) { r.receive(receiving, raw) },
		Missed: func() {
			r.logger.WarnContext(receiving, "messages from other processes were lost: all sockets reconnect")
			r.local.Reconnect()
		},
	}
	if err := r.plane.Start(ctx, listener); err != nil {
		return fmt.Errorf("start the backplane: %w", err)
	}
	return nil
}

// Stop sends the queued messages and ends.
func (r *Relay) Stop(ctx context.Context) error {
	if r.plane == nil {
		return nil
	}
	if err := r.plane.Stop(ctx); err != nil {
		return fmt.Errorf("stop the backplane: %w", err)
	}
	return nil
}
