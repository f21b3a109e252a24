// Package realtime delivers state to the browsers that may see it: a published
// article appears on every open front page, and a notification in the tabs of its
// recipient only.
//
// Use an HTTP route for anything that must not be lost or that needs an answer. A
// browser may be offline when a message is sent, so it fetches the current state
// again after every reconnect.
//
// # Example
//
// A channel is a package-level value that pairs a name with a Go type. It is
// exported, so that other features can broadcast on it. Its name is on the wire
// and must not change. (features/blog/channels.go)
//
//	var ArticleFeedChannel = realtime.DefineChannel[ArticleFeed]("blog.article.feed", realtime.Public)
//
//	type ArticleFeed struct {
//		ID    string `json:"id" validate:"required"`
//		Title string `json:"title" validate:"required,max=200"`
//	}
//
// A use case takes a Broadcaster and sends a message. In a transaction the
// message is sent after the commit, and never if the transaction rolls back.
//
//	err := ArticleFeedChannel.Broadcast(ctx, rt, ArticleFeed{ID: article.ID, Title: article.Title})
//
// A handler receives the messages that browsers send. It is unexported.
// (channel_handlers.go)
//
//	func (f *Feature) onArticleReading(ctx context.Context, reading ArticleReading, caller realtime.Caller) error
//
// The manifest lists each channel with everything that is attached to it. A
// channel that is not listed does not exist.
//
//	Parts: []feature.Part{
//		realtime.Channels{
//			ArticleFeedChannel,
//			ArticleReadersChannel.Authorize(f.mayRead).Presence(ArticleReadersPresence),
//			ArticleReadingChannel.Handle(f.onArticleReading),
//		},
//	},
//
// The application creates the hub first, because features broadcast through it,
// and the server last, when the manifests are known.
//
//	hub := realtime.NewHub(logger)                                      // a Broadcaster, and the auth.Watcher
//	server, err := realtime.NewServer(hub, authenticator, manifests, realtime.Options{Reporter: reporter})
//	router.Handle("/socket.io/", server)
//
// A page subscribes:
//
//	channel("blog.article.feed").subscribe((article, meta) => …)
//
// # Channels and access
//
//	DefineChannel       "blog.article.feed"                 one topic with many subscribers
//	DefineUserChannel   "notifications.user.{userId}"       a topic for each user, for that user only
//	DefineKeyedChannel  "blog.article.{articleId}.readers"  a topic for each key; an authorizer decides
//
// A scope defines who may subscribe to a channel and send on it: Authenticated by
// default, Public, or Role. The authorizer of a keyed channel is called only for
// callers within the scope. Browsers cannot send on a channel without a handler.
//
// # Gates
//
//  1. Connection: a page of a foreign origin is rejected at the handshake, and so
//     is an address with too many connections. A request without an Origin does
//     not come from a page and may connect. The Authenticator reads the session:
//     a request without one is a visitor, and one with an invalid or expired one
//     gets connect_error.
//  2. Subscribe: the topic must belong to a listed channel, and the caller must be
//     within its scope.
//  3. Inbound: the topic must belong to a channel with a handler.
//  4. Sender: the sender must be within the channel's scope.
//
// Then the payload is validated and the handler is called. A panic in a handler
// or an authorizer is reported and answered as "internal"; the socket stays open.
//
// # Payloads
//
// A payload is a struct with json and validate tags, which are enforced in both
// directions. An incoming payload must have every field that is not omitempty or
// omitzero (a zero value counts as present), no unknown or duplicate field, names
// in the right case, and values of the right type; null is accepted only for
// pointers. An outgoing payload that breaks a validate tag is an error; a nil
// slice or map is sent as empty. Integers keep all their digits; JavaScript keeps
// 53 bits of them.
//
// # A socket never outlives its permissions
//
// core/auth notifies the hub. When a session ends, its sockets are closed. When a
// user's roles change, subscriptions outside of the new roles are removed before
// RolesChanged returns, and authorizers are called again. Recheck calls them when
// the data that they depend on has changed. A timer closes the sockets of a
// session when it expires. No message of a topic arrives after the notice that the
// subscription was removed, and a session that ends during a handshake leaves no
// socket.
//
// # Presence
//
// Presence tracks who is reading an article or is online at the desk: see
// Presence. It lives as long as the sockets, and is not stored.
//
//	ArticleReadersPresence.For(articleID).Track(ctx, tracker, caller, reading) // in a handler
//	ArticleReadersPresence.For(articleID).Count(tracker)                       // anywhere
//
// A user with two tabs counts once, until the last one is closed. Visitors without
// a session cannot be distinguished, so each of their connections counts. A caller
// who loses access to the channel is no longer present.
//
// Subscribers get the state of a presence when they subscribe, and then whenever
// it has changed, at most twice a second or as set by PublishEvery. Joining and
// leaving cost the same for ten and for ten thousand people; publishing the state
// costs as much as a broadcast.
//
// # Wire protocol
//
// Socket.IO v5 over a websocket on /socket.io/, default namespace. Clients set
// transports: ["websocket"].
//
//	client  subscribe    topic        → ack
//	client  unsubscribe  topic        → ack
//	client  ping                      → ack, at once
//	client  (topic)      payload      → ack, if requested
//	server  (topic)      payload, {"id": …, "at": …}
//	server  unsubscribed {"topic": …, "error": {"code": …, "message": …}}
//	server  closing      {"reason": …}
//
// An ack is {"ok":true} or {"ok":false,"error":{"code":…,"message":…}}. The codes
// are those of core/fault, and unknown_channel and invalid_payload. The message of
// a connect_error is its code, and its data an object with code and message.
//
// id increases with time within a process; at is the time of sending, in UTC.
//
// unsubscribed means that the server removed a subscription.
//
// A client sends ping to check a connection that may have been lost silently. The
// acknowledgment doesn't wait for the handlers of earlier events.
//
// closing precedes a disconnect by the server, which official clients see as "io
// server disconnect" and do not recover from by themselves. After the reason
// "restart" a client reconnects a little later, after "session_ended" and
// "expired" when the user has signed in again, and after "too_many", which is for
// clients that exceed the rate limit, only when the user asks for it.
//
// # Monitoring
//
// Hub.Stats returns who is connected, the subscriptions, and recent rejections at
// each gate. Server.Metrics returns counters for metrics. A few rejections of
// each gate are kept in memory, with the network of the client and never its
// address.
//
// # Guarantees and limits
//
// All subscribers of a topic get its messages in the same order and each once,
// while they are connected. Messages that are sent while a browser is offline are
// not delivered. The messages of one socket are handled one at a time, and a slow
// handler delays only its own socket.
//
// Limits are on by default: see Limits. Nothing waits for a slow browser. Its
// messages are queued; if the queue exceeds the limit, or the browser reads
// nothing for ten seconds, the connection is closed and the client reconnects by
// itself.
//
// A hub serves the browsers of its own process. To reach those of other
// processes, see package backplane.
package realtime
