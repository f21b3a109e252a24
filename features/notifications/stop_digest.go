package notifications

import (
	"context"

	"example.com/pergola/core/observe"
)

// StopDigest stops the weekly digest of whoever got a mail with this key, who
// need not be signed in. Doing it again changes nothing.
//
// It fails with fault.NotFound if there is no such key.
type StopDigest func(ctx context.Context, key string) error

// NewStopDigest makes the use case.
func NewStopDigest(digests Digests) StopDigest {
	return observe.Command("notifications.stop_digest", digests.Stop)
}

// FindDigest says whether whoever got a mail with this key wants digests.
//
// It fails with fault.NotFound if there is no such key.
type FindDigest func(ctx context.Context, key string) (wanted bool, err error)

// NewFindDigest makes the use case.
func NewFindDigest(digests Digests) FindDigest {
	return observe.UseCase("notifications.find_digest", digests.WantedBy)
}
