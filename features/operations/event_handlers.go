package operations

// What this feature does when something happened, here or in another feature:
// one unexported method of Feature for each event, listed in the Manifest with
// events.Handle. So far it listens to nobody.

// <gen:event-handlers>
