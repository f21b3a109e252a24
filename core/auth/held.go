package auth

import "context"

// held is a session in the hands of a request: its row, and what scs keeps of
// it. What changes a session inside a transaction makes another held and gives
// it to the visit after the commit, so that a rollback leaves everything as it
// was.
type held struct {
	record Record // the zero Record if there is no session
	user   User
	stored bool // the record is in the store
	dirty  bool // something is remembered that the store does not have yet

	data context.Context // scs's own, and nothing else; nil if scs has nothing
}

// in is ctx with this session for scs to find. The request's own context does
// not hold it, because scs cannot put another in its place.
func (h *held) in(ctx context.Context) context.Context { return heldContext{ctx, h} }

type heldContext struct {
	context.Context
	held *held
}

type heldKey struct{}

func (c heldContext) Value(key any) any {
	if key == (heldKey{}) {
		return c.held
	}
	if value := c.Context.Value(key); value != nil {
		return value
	}
	return c.held.data.Value(key)
}
