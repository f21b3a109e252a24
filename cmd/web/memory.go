package main

import "runtime"

// allowance is how much garbage may lie about before it is collected, beside
// as much as is in use. A few megabytes are in use when nothing goes on: the
// usual twice of that would mean collecting hundreds of times a second under
// load. A multiple of what is in use would be too much where a password is
// hashed, which takes 32 MB for a moment: guesses would fill the memory.
const allowance = 32 << 20

// spendMemory gives the garbage its allowance until the function that it
// returns is called. GOGC says how much beyond that: 100 % of what is in use.
func spendMemory() (stop func()) {
	// The collector counts it as in use. Nobody writes to it, so that no memory
	// stands behind it.
	unused := make([]byte, allowance)
	return func() { runtime.KeepAlive(unused) }
}
