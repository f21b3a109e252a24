// Package auth identifies the user of a request: their roles, and the sessions in
// which they are signed in.
//
// A handler or use case asks the context; the zero User is a visitor:
//
//	user := auth.CurrentUser(ctx)
//	if !user.HasRole(auth.RoleEditor) { … }
//
// Routes require a user or a role:
//
//	r.With(auth.RequireUser(respond.Error)).Get("/account", f.account)
//	r.With(auth.RequireRole(auth.RoleAdmin, respond.Error)).Get("/admin/users", f.users)
//
// # Sessions
//
// Sessions is created once and wraps all pages:
//
//	sessions := auth.NewSessions(auth.NewStore(db), hub, auth.Options{Secure: true})
//	r.Use(sessions.Middleware(respond.Error))
//
// Use cases then change them:
//
//	sessions.SignIn(ctx, userID)        // a new session with a new token
//	sessions.Renew(ctx)                 // the same session with a new token
//	sessions.SignOut(ctx)               // ends this session
//	sessions.End(ctx, userID, id)       // ends another session
//	sessions.Flash(ctx, "Saved.")       // shown once, on the next page
//
// # Guarantees
//
// A visitor without a cookie costs no query and gets no cookie, unless something
// is stored for them. A request with a cookie costs one query, which finds the
// session together with its user and the user's current roles: nothing about a
// user is cached in a session.
//
// The table stores a hash of the token, never the token. The id of a session is
// not secret: it stays the same when the token is renewed, so that the session can
// be listed, ended and passed to the Watcher.
//
// SignIn, Renew, SignOut and the End… methods write at once and join the
// transaction in the context; the cookie is sent and the Watcher notified only
// after the commit. Session data (Flash) is written when the response begins. A
// session that ended during a request stays ended, whatever data the request
// stores.
//
// A cookie without a session (forged, malformed, expired, ended) is treated as no
// cookie, and cleared. Cookies of other names are left alone. If the database is
// unavailable, the error is fault.Unavailable, and users stay signed in.
//
// When a user signs out, the browser is asked to delete the data of this site
// (Clear-Site-Data "storage"), so that the next person at the computer finds nothing.
// Its cache holds no private page (no-store), and emptying it takes seconds. An
// expired session only clears its cookie: unsaved text is still there when the
// user signs in again.
//
// # Limits
//
// Sessions end at a fixed time after sign-in (Options.Lifetime), however active
// they are: extending them would be a write for every read. The scs library
// that implements them is private to this package.
package auth
