package accounts

// Channels of accounts: what other features and browsers may name. There are
// none yet. A descriptor and its payload stand here, exported, and are listed
// in the manifest; see docs/guides/realtime.md.

// <gen:realtime-channels>
