package operations

// The work that this feature leaves for later: one job descriptor with its
// payload each, made with jobs.Define and listed in the Manifest. So far there
// is none.

// <gen:jobs>
