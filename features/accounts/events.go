package accounts

// Events of accounts: what other features may listen to. There are none yet. A
// descriptor and its payload stand here, exported, and are listed in the
// manifest. Rows carry the names of events: one that was given is never
// changed.

// <gen:events>
