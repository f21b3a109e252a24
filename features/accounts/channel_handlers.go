package accounts

// Handlers of what browsers send to the channels of accounts, private to the
// feature. There are none yet.

// <gen:realtime-handlers>
