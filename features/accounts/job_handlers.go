package accounts

// Handlers of the jobs of accounts, private to the feature. There are none yet.

// <gen:job-handlers>
