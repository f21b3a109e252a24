package notifications

import "example.com/pergola/core/jobs"

// ForgetReadersJob removes what is stored for users who are gone. It runs once
// a day. Rows carry this name: never change it.
var ForgetReadersJob = jobs.Define[ForgetReaders]("notifications.forget_readers")

// ForgetReaders has nothing to say: the job looks for itself who is gone.
type ForgetReaders struct{}

// <gen:jobs>
