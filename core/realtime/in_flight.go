package realtime

import "sync"

// work counts what is being done, so that a stop can wait for it.
type inFlight struct {
	mu       sync.Mutex
	running  int
	draining bool
	idle     chan struct{}
}

// begin reports false when nothing new may begin.
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

// drain lets nothing new begin. The channel is closed when nothing runs.
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
