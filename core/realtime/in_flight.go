package realtime

import "sync"

// inFlight counts running handlers, so that Stop can wait for them.
type inFlight struct {
	mu       sync.Mutex
	running  int
	draining bool
	idle     chan struct{}
}

// begin returns false while draining.
func (f *inFlight) begin() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.draining {
		return false
	}
	f.running++
	return true
}

func (f *inFlight) done() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.running--
	if f.draining && f.running == 0 {
		close(f.idle)
	}
}

func (f *inFlight) isDraining() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.draining
}

// drain makes begin return false. The returned channel is closed when nothing is
// running.
func (f *inFlight) drain() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.draining {
		f.draining = true
		f.idle = make(chan struct{})
		if f.running == 0 {
			close(f.idle)
		}
	}
	return f.idle
}
