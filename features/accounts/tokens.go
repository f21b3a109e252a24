package accounts

import (
	"context"
	"time"
)

// Tokens is where accounts keeps what the links in letters are worth. All
// methods join the transaction in the context.
type Tokens interface {
	// Add keeps a token. It also removes those of everybody that had expired
	// by now, so that no table grows of links that nobody followed.
	Add(ctx context.Context, token Token, now time.Time) error

	// Find finds the token with this hash. It fails with fault.NotFound if there
	// is none.
	Find(ctx context.Context, hash []byte) (Token, error)

	// Take removes the token with this hash and returns it: of all who take it
	// at the same time, one gets it. It fails with fault.NotFound if there is
	// none.
	Take(ctx context.Context, hash []byte) (Token, error)

	// RemoveOf removes the tokens of a user that are for this purpose.
	RemoveOf(ctx context.Context, userID string, purpose Purpose) error
}
