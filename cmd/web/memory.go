package main

import "runtime/debug"

// spendMemory lets the garbage grow to several times what is in use before it
// is collected. That is a few megabytes here, so that the usual twice would
// mean collecting hundreds of times a second under load. GOGC overrides it.
func spendMemory(getenv func(string) string) {
	if getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
}
