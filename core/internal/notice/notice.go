// Package notice limits warnings about a configuration that is probably wrong: the
// operator reads each once, however many requests show it.
package notice

import "sync"

// limit bounds the values, which clients choose.
const limit = 10

// Once remembers for which values a warning was logged. The zero value is usable.
type Once struct {
	mu   sync.Mutex
	seen map[string]bool
}

// First reports whether the value is new, and there were not too many before.
func (o *Once) First(value string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.seen[value] || len(o.seen) == limit {
		return false
	}
	if o.seen == nil {
		o.seen = map[string]bool{}
	}
	o.seen[value] = true
	return true
}
