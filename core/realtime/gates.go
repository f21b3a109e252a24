package realtime

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/internal/notice"
	"example.com/pergola/core/observe"
	"example.com/pergola/core/realtime/internal/socketio"
)

// Authenticator identifies the user and session of a connection from its
// request. It returns the zero Identity for a request without a session, and
// fault.Unauthenticated for an invalid or expired one. The request's context has
// a deadline and no values.
type Authenticator func(r *http.Request) (Identity, error)

// gates checks every connection and every message.
type gates struct {
	hub       *Hub
	authn     Authenticator
	routes    *routes
	origins   origins
	addresses addresses
	limits    Limits
	reporter  observe.Reporter
	now       feature.Clock
	inFlight  inFlight
	ctx       context.Context // of all sockets and handlers

	polling atomic.Int64 // when a client with long polling was logged
	foreign notice.Once  // origins
	crowded notice.Once  // addresses
}

// report reports defects. Clients see their code only.
func (g *gates) report(ctx context.Context, err error) {
	if err == nil || rejectionOf(err).Code != string(fault.Internal) {
		return
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return // the socket was closed, which canceled its work
	}
	g.reporter.Report(ctx, err)
}

// Panicked reports a panic outside of handlers, for example in an Authenticator.
func (g *gates) Panicked(cause any, stack []byte) {
	g.reporter.Report(g.ctx, fmt.Errorf("realtime: panic: %v\n%s", cause, stack))
}

func (g *gates) reject(status int, err error, by requester) *socketio.Rejection {
	rejection := rejectionOf(g.rejected(gateConnection, err, by))
	return &socketio.Rejection{Status: status, Code: rejection.Code, Message: rejection.Message}
}

// requester is the origin of something that may be rejected.
type requester struct {
	network string // that the connection came from
	userID  string
	topic   string
}

// rejected records an error at its gate and returns it.
func (g *gates) rejected(at gate, err error, by requester) error {
	if err == nil {
		return nil
	}
	g.hub.rejections[at].add(Rejected{
		Gate:    at.String(),
		Code:    rejectionOf(err).Code,
		At:      g.now(),
		Topic:   shortTopic(by.topic),
		UserID:  by.userID,
		Network: by.network,
	})
	g.hub.changes.Add(1)
	return err
}

func (s *socket) requester(topic string) requester {
	return requester{network: s.network, userID: s.userID, topic: topic}
}
