package notifications

import (
	"context"

	"example.com/pergola/core/observe"
)

// UnsubscribeDigest ends the weekly digest of the reader whose emails contain
// this key. It requires no sign-in, and repeating it changes nothing. It
// fails with fault.NotFound if there is no such key.
type UnsubscribeDigest func(ctx context.Context, key string) error

// NewUnsubscribeDigest makes the use case.
func NewUnsubscribeDigest(digests *Digests) UnsubscribeDigest {
	return observe.Command("notifications.unsubscribe_digest", digests.Unsubscribe)
}

// FindDigestSubscription reports whether the reader whose emails contain this
// key is subscribed to the weekly digest. It fails with fault.NotFound if there
// is no such key.
type FindDigestSubscription func(ctx context.Context, key string) (subscribed bool, err error)

// NewFindDigestSubscription makes the use case.
func NewFindDigestSubscription(digests *Digests) FindDigestSubscription {
	return observe.UseCase("notifications.find_digest_subscription", digests.SubscribedByKey)
}
