// Package auth knows who is asking: the user of a request, the roles that were
// granted to them, and the sessions in which they are signed in.
//
// A handler or use case asks the context; the zero User is a visitor:
//
//	user := auth.CurrentUser(ctx)
//	if !user.HasRole(auth.RoleEditor) { … }
//
// Routes ask for somebody in particular:
//
//	r.With(auth.RequireUser(respond.Error)).Get("/account", f.account)
//	r.With(auth.RequireRole(auth.RoleAdmin, respond.Error)).Get("/admin/users", f.users)
//
// # Sessions
//
// Sessions is made once and wraps all pages:
//
//	sessions := auth.NewSessions(auth.NewPostgresStore(db), hub, auth.Options{Secure: true})
//	r.Use(sessions.Middleware(respond.Error))
//
// and is then told what happens:
//
//	sessions.SignIn(ctx, userID)        // a new session with a new token
//	sessions.Renew(ctx)                 // the same session with a new token
//	sessions.SignOut(ctx)               // this session is over
//	sessions.End(ctx, userID, id)       // that one is
//	sessions.Flash(ctx, "Saved.")       // shown once, on the next page
//
// # What is promised
//
// A visitor without a cookie costs no query and gets no cookie, until something
// is remembered for them. A request with a cookie costs one query, which finds
// the session together with its user and the user's present roles: nothing
// about a user is cached in a session.
//
// The table holds a hash of the token, never the token. The id of a session is
// no secret: it is stable while the token is renewed, so that it can be listed,
// ended and told to the Watcher.
//
// SignIn, Renew, SignOut and the End… methods write at once and join the
// transaction in the context; the cookie is sent and the Watcher told only
// after it is committed. What is remembered (Flash) is written when the answer
// begins. A session that was ended while a request of it was under way stays
// ended, whatever that request remembers.
//
// A cookie that no session belongs to (forged, garbled, expired, ended) counts
// as no cookie and is cleared. A database that does not answer is an error,
// fault.Unavailable, and never signs anybody out.
//
// A browser is told to forget what it keeps of this site (Clear-Site-Data) when
// a user signs out, so that whoever is next at the computer finds nothing. A
// session that expires clears no more than its cookie: what its user was
// writing is still there when they are back.
//
// # Limits
//
// Sessions end at a fixed time after sign-in (Options.Lifetime) however busy
// they are: to move the end would be a write for every read. Nothing outside
// of this package knows that scs is below it.
package auth
