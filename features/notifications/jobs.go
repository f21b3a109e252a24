package notifications

import (
	"time"

	"example.com/pergola/core/jobs"
)

// NotifyBatchJob notifies one batch of readers. Batches have a queue of their
// own, so that no other job waits for ten thousand readers. The name is stored:
// never change it.
var NotifyBatchJob = jobs.Define[NotifyBatch]("notifications.notify_batch", jobs.OnQueue("notices"))

// NotifyBatch is a notice and a range of user IDs. The readers are looked up
// when the job runs.
type NotifyBatch struct {
	Notice   Notice `json:"notice"`
	After    string `json:"after,omitempty" validate:"omitempty,uuid"`
	Through  string `json:"through" validate:"required,uuid"`
	ExceptID string `json:"exceptId,omitempty" validate:"omitempty,uuid"`
}

// PlanDigestsJob enqueues the weekly digests, on Monday mornings. The name is
// stored: never change it.
var PlanDigestsJob = jobs.Define[DueDigests]("notifications.plan_digests", jobs.OnQueue("digests"))

// DueDigests selects the digests to plan. The zero value, which the schedule
// enqueues, selects all of the current week.
type DueDigests struct {
	Week  Week   `json:"week,omitempty" validate:"omitempty,datetime=2006-01-02"`
	After string `json:"after,omitempty" validate:"omitempty,uuid"` // only readers with an ID after this one
}

// SendDigestJob sends one reader the digest of one week, unless it is empty.
// Digests have a queue of their own, so that no other job waits for ten thousand
// emails. The name is stored: never change it.
var SendDigestJob = jobs.Define[SendDigest]("notifications.send_digest", jobs.OnQueue("digests"))

// SendDigest selects a digest.
type SendDigest struct {
	ReaderID string `json:"readerId" validate:"required,uuid"`
	Week     Week   `json:"week" validate:"required,datetime=2006-01-02"`
}

// TrimInboxesJob removes old notifications. It runs once a day. The name is
// stored: never change it.
var TrimInboxesJob = jobs.Define[TrimInboxesInput]("notifications.trim_inboxes", jobs.Timeout(10*time.Minute))

// TrimInboxesInput is empty: the job decides what is old.
type TrimInboxesInput struct{}

// RemoveDeletedReadersJob removes the data of users whose accounts were deleted.
// It runs once a day. The name is stored: never change it.
var RemoveDeletedReadersJob = jobs.Define[RemoveDeletedReadersInput]("notifications.remove_deleted_readers")

// RemoveDeletedReadersInput is empty: the job finds the deleted accounts.
type RemoveDeletedReadersInput struct{}
