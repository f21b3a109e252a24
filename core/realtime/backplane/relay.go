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

// Local is what knows the sockets of this process: *realtime.Hub.
type Local interface {
	realtime.Broadcaster
	auth.Watcher

	// Reconnect has all sockets come back, because they may have missed something,
	// and ReconnectUser those of one user.
	Reconnect()
	ReconnectUser(userID string)
}

// Relay tells the sockets of all processes.
type Relay struct {
	local  Local
	plane  Backplane // nil in an application of one process
	logger *slog.Logger
}

var (
	_ realtime.Broadcaster = (*Relay)(nil)
	_ auth.Watcher         = (*Relay)(nil)
)

// NewRelay makes a relay over the hub of this process. Without a plane it
// passes everything to the hub and nowhere else.
func NewRelay(local Local, plane Backplane, logger *slog.Logger) *Relay {
	return &Relay{local: local, plane: plane, logger: logger}
}

// signal is a message on its way. Processes of two versions may understand one
// another: never change the names.
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

// Broadcast sends the message to everyone who hears its topic, in whatever
// process: after the commit, if ctx carries a transaction.
func (r *Relay) Broadcast(ctx context.Context, message realtime.Message) error {
	if err := r.local.Broadcast(ctx, message); err != nil {
		return err
	}
	r.send(ctx, signal{Kind: kindBroadcast, Channel: message.Channel, Topic: message.Topic, Payload: message.JSON})
	return nil
}

// Recheck asks the authorizer of a topic again, in every process.
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

// RolesChanged takes from the user's sockets what these roles do not open. The
// sockets of other processes come back to ask for their roles: the message may
// be late, and others true by then.
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
		r.logger.ErrorContext(ctx, "a message cannot be sent to other processes", "topic", s.Topic, "error", err)
		return
	}
	carry := func(context.Context) { r.plane.Send(raw) }
	database.AfterCommit(ctx, carry)
	if s.Kind == kindRecheck {
		database.InDoubt(ctx, carry) // as the hub does
	}
}

// hear does what another process was told.
func (r *Relay) hear(ctx context.Context, raw []byte) {
	var s signal
	if err := json.Unmarshal(raw, &s); err != nil {
		r.logger.WarnContext(ctx, "a message of another process is not understood", "error", err)
		return
	}
	switch s.Kind {
	case kindBroadcast:
		message := realtime.Message{Channel: s.Channel, Topic: s.Topic, Payload: s.Payload, JSON: s.Payload}
		if err := r.local.Broadcast(ctx, message); err != nil {
			r.logger.WarnContext(ctx, "a broadcast of another process is lost", "topic", s.Topic, "error", err)
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
		r.logger.WarnContext(ctx, "a message of another process is of an unknown kind", "kind", s.Kind)
	}
}

// Measures counts what the backplane has done; nothing if there is none.
func (r *Relay) Measures() Measures {
	if r.plane == nil {
		return Measures{}
	}
	return r.plane.Measures()
}

// Start begins to hear other processes.
func (r *Relay) Start(ctx context.Context) error {
	if r.plane == nil {
		return nil
	}
	hearing := context.WithoutCancel(ctx)
	listener := Listener{
		Hear: func(raw []byte) { r.hear(hearing, raw) },
		Missed: func() {
			r.logger.WarnContext(hearing, "something that other processes said was missed: all sockets are asked to come back")
			r.local.Reconnect()
		},
	}
	if err := r.plane.Start(ctx, listener); err != nil {
		return fmt.Errorf("start the backplane: %w", err)
	}
	return nil
}

// Stop sends what waits and ends.
func (r *Relay) Stop(ctx context.Context) error {
	if r.plane == nil {
		return nil
	}
	if err := r.plane.Stop(ctx); err != nil {
		return fmt.Errorf("stop the backplane: %w", err)
	}
	return nil
}
