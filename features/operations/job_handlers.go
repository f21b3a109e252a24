package operations

// What is done when the time of one of this feature's jobs has come: one
// unexported method of Feature for each, listed in the Manifest with
// jobs.Handle. So far there is none.

// <gen:job-handlers>
