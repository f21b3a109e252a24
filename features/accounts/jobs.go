package accounts

// Jobs of accounts: work that is done later. There are none yet. A descriptor
// and its payload stand here, exported, and are listed in the manifest. Rows
// carry the names of jobs: one that was given is never changed.

// <gen:jobs>
