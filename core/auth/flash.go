package auth

import (
	"context"

	"example.com/pergola/core/database"
)

const flashKey = "flash"

// Flash stores a message for the next page that shows one; inside a transaction,
// if that is committed. Outside of Middleware it does nothing.
func (s *Sessions) Flash(ctx context.Context, message string) {
	v := visitOf(ctx)
	if v == nil {
		return
	}
	database.AfterCommit(ctx, func(ctx context.Context) {
		if v.session.record.ID == "" {
			v.session = s.newSession(v, "")
			s.manager.SetDeadline(v.session.in(ctx), s.options.Now().Add(visitorLifetime))
		}
		s.manager.Put(v.session.in(ctx), flashKey, message)
		v.session.dirty = true
	})
}

// PopFlash returns the message and removes it; "" if there is none.
func (s *Sessions) PopFlash(ctx context.Context) string {
	v := visitOf(ctx)
	if v == nil || v.session.data == nil || !s.manager.Exists(v.session.in(ctx), flashKey) {
		return ""
	}
	v.session.dirty = true
	return s.manager.PopString(v.session.in(ctx), flashKey)
}
