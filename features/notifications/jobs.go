package notifications

import "example.com/pergola/core/jobs"

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

// ForgetReadersJob removes what is stored for users who are gone. It runs once
// a day. Rows carry this name: never change it.
var ForgetReadersJob = jobs.Define[ForgetReaders]("notifications.forget_readers")

// ForgetReaders has nothing to say: the job looks for itself who is gone.
type ForgetReaders struct{}

// <gen:jobs>
