package operations

// The events of this feature: one descriptor with its payload each, made with
// events.Define and listed in the Manifest. So far there is none.

// <gen:events>
