package notifications

import (
	"context"

	"example.com/pergola/core/fault"
)

// Digests is where it is kept who wants a weekly digest, and which was the last
// that was decided on. Every method joins the transaction in the context; each
// fails with fault.Unavailable when storage does not answer.
type Digests interface {
	// Want notes whether a reader wants digests. Whoever never said so wants
	// none.
	Want(ctx context.Context, readerID string, wanted bool) error

	// Wanted reports whether a reader wants digests.
	Wanted(ctx context.Context, readerID string) (bool, error)

	// Due are the readers who want digests and on whose digest of this week
	// nothing is decided, in the order of their ids, after this one; "" begins.
	Due(ctx context.Context, week Week, after string, limit int) ([]string, error)

	// Claim decides on a reader's digest of a week, for whoever sends it or
	// finds nothing to tell, and returns the key of the reader's mails. It
	// reports false if the digest is not due (any more). Of two at the same
	// time one waits, and is told what became of the other: it is called inside
	// a transaction.
	Claim(ctx context.Context, readerID string, week Week) (key string, due bool, err error)

	// Stop notes that the reader whose mails have this key wants none any more.
	// It fails with fault.NotFound if there is none.
	Stop(ctx context.Context, key string) error

	// WantedBy reports whether the reader whose mails have this key wants
	// digests. It fails with fault.NotFound if there is none.
	WantedBy(ctx context.Context, key string) (bool, error)

	// Remove deletes what is stored of these users.
	Remove(ctx context.Context, userIDs []string) error
}

// What every implementation says.
func errNoDigest() error {
	return fault.NotFound.New("This link leads nowhere any more. Whoever has no account gets no mail.")
}
