// Package realtime carries state to the browsers that may see it: an article
// that was published appears on every open front page, a notification on its
// reader's and on nobody else's.
//
// It delivers state. What must not be lost, or is asked and answered, is an
// HTTP route: a browser may be away when something is said, and asks for the
// present state again after every reconnect.
//
// # A whole example
//
// A channel is a package-level value that pairs a name with a Go type. It is
// exported: other features may say something on it. The name is on the wire:
// never change it. (features/blog/channels.go)
//
//	var ArticleFeedChannel = realtime.DefineChannel[ArticleFeed]("blog.article.feed", realtime.Public)
//
//	type ArticleFeed struct {
//		ID    string `json:"id" validate:"required"`
//		Title string `json:"title" validate:"required,max=200"`
//	}
//
// A use case is given a Broadcaster and says it. In a transaction it goes out
// after the commit, and never if that does not come about.
//
//	err := ArticleFeedChannel.Broadcast(ctx, rt, ArticleFeed{ID: article.ID, Title: article.Title})
//
// A handler hears what browsers say. It is private. (channel_handlers.go)
//
//	func (f *Feature) onArticleReading(ctx context.Context, reading ArticleReading, caller realtime.Caller) error
//
// The manifest lists it all; what is not listed does not exist.
//
//	Parts: []feature.Part{
//		realtime.Channels{ArticleFeedChannel, ArticleReadingChannel, ArticleReadersChannel},
//		realtime.Handlers{realtime.Handle(ArticleReadingChannel, f.onArticleReading)},
//		realtime.Authorizers{realtime.Authorize(ArticleReadersChannel, f.mayRead)},
//	},
//
// The program makes the hub with its other edges and the server last, when the
// manifests are known.
//
//	hub := realtime.NewHub(logger)                                      // a Broadcaster, and the auth.Watcher
//	server, err := realtime.NewServer(hub, authenticator, manifests, realtime.Options{Reporter: reporter})
//	router.Handle("/socket.io/", server)
//
// And a page hears it:
//
//	channel("blog.article.feed").subscribe((article, meta) => …)
//
// # Channels and who may be there
//
//	DefineChannel       "blog.article.feed"                 one topic that many hear
//	DefineUserChannel   "notifications.user.{userId}"       a topic for each user, who alone may be there
//	DefineKeyedChannel  "blog.article.{articleId}.readers"  a topic for each value; an authorizer decides
//
// A scope says who may hear a channel and speak on it: Authenticated if none
// is given, Public, or Role. On a keyed channel the authorizer is asked about
// those within the scope. A channel without a handler cannot be spoken on.
//
// # Gates
//
//  1. Connection: a page of a foreign origin is rejected at the handshake, and
//     so is an address with too many connections. A request without an Origin
//     is from no page and may connect. The Authenticator reads the session: a
//     request without one is a visitor's, one with a bad or expired one gets
//     connect_error.
//  2. Subscribe: the topic must be a listed channel's, and the visitor within
//     its scope.
//  3. Inbound: the topic must be that of a channel with a handler.
//  4. Sender: whoever speaks must be within the channel's scope.
//
// Then the payload is checked and the handler called. A panic in a handler or
// an authorizer is reported, answered as "internal", and ends nothing.
//
// # Payloads
//
// A payload is a struct with json and validate tags, and is held to them in
// both directions. What comes in has every field that is not omitempty or
// omitzero (a zero value is a value), no unknown field, none twice, each name in
// its case and each value of its type; null only where there is a pointer. What
// goes out is an error if a tag forbids it; a nil list or map goes out empty.
// Integers keep all their digits; JavaScript keeps 53 bits of them.
//
// # A socket never outlives its right to be there
//
// The hub is told by core/auth. When a session ends its sockets are closed;
// when a user's roles change, the channels that these do not open are taken
// away before RolesChanged returns, and authorizers are asked again; Recheck
// asks them when what they look at has changed. A session
// that expires closes its sockets by a timer. Nothing of a topic arrives after
// the notice that it was taken away, and a session that ends while its socket is
// being made leaves none.
//
// # Presence
//
// Who is reading an article, who is at the desk: see Presence. It is as live as
// the sockets it is bound to, and stored nowhere.
//
//	ArticleReadersPresence.For(articleID).Track(ctx, tracker, caller, reading) // in a handler
//	ArticleReadersPresence.For(articleID).Count(tracker)                       // anywhere
//
// A user with two tabs is there once and leaves with the last of them. A visitor
// without a session cannot be told from another, so each connection counts.
// Whoever loses the right to hear the channel is no longer there.
//
// Those who hear the channel are told its state when they begin to hear it, and
// then at most twice a second, or as PublishEvery says, and only if it is not what
// they know. To come and to go costs the same in a room of ten and of ten
// thousand; to tell a room costs as much as a broadcast to it.
//
// # Wire protocol
//
// Socket.IO v5 over a websocket on /socket.io/, default namespace. Clients set
// transports: ["websocket"].
//
//	client  subscribe    topic        → ack
//	client  unsubscribe  topic        → ack
//	client  (topic)      payload      → ack, if one is asked for
//	server  (topic)      payload, {"id": …, "at": …}
//	server  unsubscribed {"topic": …, "error": {"code": …, "message": …}}
//	server  closing      {"reason": …}
//
// An ack is {"ok":true} or {"ok":false,"error":{"code":…,"message":…}}. The
// codes are those of core/fault, and unknown_channel and invalid_payload. The
// message of a connect_error is its code, its data an object with code and
// message.
//
// id rises with time within a process; at is when the message went out, in UTC.
//
// unsubscribed takes a topic away that the client was hearing.
//
// closing comes just before the server disconnects the client, which official
// clients see as "io server disconnect" and do not answer by themselves. Its
// reason tells what to do: after "restart" come back a little later; after
// "session_ended" and "expired" not before the next sign-in; after "too_many",
// which is for clients that flood, not without a person's doing.
//
// # Looking at it
//
// Hub.Stats reports who is connected, which topics have subscribers, and what
// each gate has recently rejected. A page that shows it polls with Channel.Poll.
// The hub keeps a few rejections of each gate in memory, with the network that
// they came from but never the address.
//
// # Guarantees and limits
//
// Everybody who hears a topic hears its messages in the same order, each once,
// while connected; what is said while a browser is away it never hears. One
// message of a socket is handled after the other, and a slow handler holds up
// nobody but its own socket.
//
// Limits are on by default: see Limits. Nothing waits for a browser that reads
// slowly: what is said queues for it, and when that is more than Limits allows,
// or it takes nothing for ten seconds, it is cut off and comes back by itself.
//
// A hub reaches the browsers of its own process.
package realtime
