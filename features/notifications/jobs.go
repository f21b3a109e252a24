package notifications

import (
	"time"

	"example.com/pergola/core/jobs"
)

// NotifyBatchJob tells one batch of readers of something. Batches have a queue
// of their own, so that no other work waits for ten thousand readers. Rows carry
// this name: never change it.
var NotifyBatchJob = jobs.Define[NotifyBatch]("notifications.notify_batch", jobs.OnQueue("notices"))

// NotifyBatch says what is told, and whom: the users with an id after the one
// and not after the other. Who they are is looked up when the job is done.
type NotifyBatch struct {
	Notice   Notice `json:"notice"`
	After    string `json:"after,omitempty" validate:"omitempty,uuid"`
	Through  string `json:"through" validate:"required,uuid"`
	ExceptID string `json:"exceptId,omitempty" validate:"omitempty,uuid"`
}

// PlanDigestsJob enqueues the weekly digests, on Monday mornings. Rows carry
// this name: never change it.
var PlanDigestsJob = jobs.Define[PlannedDigests]("notifications.plan_digests", jobs.OnQueue("digests"))

// PlannedDigests says which digests are due. What the schedule enqueues says
// nothing: it means all those of the present week.
type PlannedDigests struct {
	Week  Week   `json:"week,omitempty" validate:"omitempty,datetime=2006-01-02"`
	After string `json:"after,omitempty" validate:"omitempty,uuid"` // of readers with an id after this one
}

// SendDigestJob sends one reader the digest of one week, if there is anything to
// tell. Digests have a queue of their own, so that no other work waits for ten
// thousand mails. Rows carry this name: never change it.
var SendDigestJob = jobs.Define[SendDigest]("notifications.send_digest", jobs.OnQueue("digests"))

// SendDigest says whose digest, and which.
type SendDigest struct {
	ReaderID string `json:"readerId" validate:"required,uuid"`
	Week     Week   `json:"week" validate:"required,datetime=2006-01-02"`
}

// TrimInboxesJob removes old notifications. It runs once a day. Rows carry this
// name: never change it.
var TrimInboxesJob = jobs.Define[TrimmedInboxes]("notifications.trim_inboxes", jobs.Timeout(10*time.Minute))

// TrimmedInboxes has nothing to say: what is old is the job's to know.
type TrimmedInboxes struct{}

// ForgetReadersJob removes what is stored for users who are gone. It runs once
// a day. Rows carry this name: never change it.
var ForgetReadersJob = jobs.Define[ForgetReaders]("notifications.forget_readers")

// ForgetReaders has nothing to say: the job looks for itself who is gone.
type ForgetReaders struct{}
