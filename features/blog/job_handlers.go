package blog

// What is done when a job's time has come: one unexported method of Feature
// for each job, listed in the Manifest with jobs.Handle.

// <gen:job-handlers>
