package proxy

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
)

// Problem is something that keeps the running application from matching its
// source.
type Problem struct {
	Title string `json:"title"` // what failed: "go build"
	Text  string `json:"text"`  // its output
}

// state is sent to every page when it connects.
type state struct {
	Version  string    `json:"version"` // changes with every reload
	Problems []Problem `json:"problems"`
	Report   string    `json:"report"` // identifies a list of problems
	Step     string    `json:"step"`
}

// pages are the open pages in browsers, each with a stream of events.
type pages struct {
	start string // differs between starts of the supervisor

	mu        sync.Mutex
	reloads   int
	reports   int
	problems  []Problem
	latest    string
	connected map[chan event]struct{}
}

type event struct {
	name string
	data any
}

func newPages() *pages {
	return &pages{start: rand.Text()[:8], connected: map[chan event]struct{}{}}
}

func (p *pages) state() state {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stateLocked()
}

func (p *pages) stateLocked() state {
	return state{
		Version:  fmt.Sprintf("%s-%d", p.start, p.reloads),
		Problems: p.problems,
		Report:   fmt.Sprintf("%s-%d", p.start, p.reports),
		Step:     p.latest,
	}
}

func (p *pages) step(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.latest = text
	p.sendLocked(event{"state", p.stateLocked()})
}

func (p *pages) reload() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reloads++
	p.sendLocked(event{"state", p.stateLocked()})
}

func (p *pages) report(problems []Problem) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.problems = problems
	p.reports++
	p.sendLocked(event{"state", p.stateLocked()})
}

func (p *pages) restyle(addresses []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sendLocked(event{"styles", addresses})
}

// queued is how many events a page may be behind. A slower one is disconnected; it
// reconnects and receives the state.
const queued = 64

func (p *pages) sendLocked(e event) {
	for stream := range p.connected {
		select {
		case stream <- e:
		default:
			delete(p.connected, stream)
			close(stream)
		}
	}
}

func (p *pages) connect() chan event {
	p.mu.Lock()
	defer p.mu.Unlock()
	stream := make(chan event, queued)
	stream <- event{"state", p.stateLocked()}
	p.connected[stream] = struct{}{}
	return stream
}

func (p *pages) disconnect(stream chan event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, connected := p.connected[stream]; connected {
		delete(p.connected, stream)
		close(stream)
	}
}

// serveEvents streams events to one page until it disconnects.
func (p *pages) serveEvents(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	stream := p.connect()
	defer p.disconnect(stream)
	flush := http.NewResponseController(w)
	for {
		select {
		case e, ok := <-stream:
			if !ok {
				return
			}
			data, err := json.Marshal(e.data)
			if err != nil {
				return // strings and slices of strings can always be encoded
			}
			if _, err := fmt.Fprintf(w, "event: %s\ndata: %s\nretry: 300\n\n", e.name, data); err != nil {
				return
			}
			if flush.Flush() != nil {
				return
			}
		case <-r.Context().Done():
			return
		}
	}
}
