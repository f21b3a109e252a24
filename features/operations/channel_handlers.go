package operations

// What browsers say on this feature's channels is heard here: one unexported
// method of Feature for each channel, listed in the Manifest with
// realtime.Handle. Nobody speaks on the connections.

// <gen:realtime-handlers>
