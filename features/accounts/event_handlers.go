package accounts

// Handlers of events, of other features too, private to the feature. There are
// none yet.

// <gen:event-handlers>
