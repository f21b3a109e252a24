package proxy

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// upstream sends requests to the current application.
type upstream struct {
	transport *http.Transport

	mu        sync.Mutex
	address   string        // "" while the application is not running
	down      bool          // not running, and not about to start
	changed   chan struct{} // closed when address changes
	unsettled int           // requests that were sent and have no response yet
	settled   chan struct{} // closed when there are none
}

func newUpstream() *upstream {
	return &upstream{
		transport: &http.Transport{
			// A kept connection may be one that the application is just closing, and
			// a new one on this machine costs nothing.
			DisableKeepAlives:  true,
			DisableCompression: true,

			ExpectContinueTimeout: time.Second,
		},
		changed: make(chan struct{}),
		down:    true,
	}
}

func (u *upstream) open(address string) { u.setTarget(address, false) }

// fail makes waiting requests fail.
func (u *upstream) fail() { u.setTarget("", true) }

func (u *upstream) setTarget(address string, down bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.address, u.down = address, down
	close(u.changed)
	u.changed = make(chan struct{})
}

func (u *upstream) isDown() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.down
}

func (u *upstream) close(atMost time.Duration) {
	u.mu.Lock()
	if u.down {
		u.mu.Unlock()
		return
	}
	u.address = ""
	if u.unsettled == 0 {
		u.mu.Unlock()
		return
	}
	settled := make(chan struct{})
	u.settled = settled
	u.mu.Unlock()

	timer := time.NewTimer(atMost)
	defer timer.Stop()
	select {
	case <-settled:
	case <-timer.C:
	}
}

// RoundTrip waits until there is an application and sends it the request. If the
// application was exiting and did not receive it, the request goes to the next.
func (u *upstream) RoundTrip(r *http.Request) (*http.Response, error) {
	for {
		address, changed, err := u.wait(r.Context())
		if err != nil {
			return nil, err
		}
		out := r.Clone(r.Context())
		out.URL.Host = address
		if out.Body != nil && out.Body != http.NoBody {
			out.Body = io.NopCloser(out.Body) // it may be sent to the next application
			// An application that rejects a request unread closes the connection, and
			// the error of sending the body would hide its response.
			out.Header.Set("Expect", "100-continue")
		}
		response, err := u.transport.RoundTrip(out)
		u.settle()
		if err == nil || !neverConnected(err) {
			return response, err
		}
		select {
		case <-changed:
		case <-time.After(lost):
			return nil, err
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
}

// lost is how long to wait for a new application after one stopped listening
// unexpectedly. It has crashed, which is detected and reported.
const lost = 2 * time.Second

func (u *upstream) wait(ctx context.Context) (address string, changed <-chan struct{}, err error) {
	for {
		u.mu.Lock()
		changed, down := u.changed, u.down
		if address = u.address; address != "" {
			u.unsettled++
		}
		u.mu.Unlock()
		if address != "" {
			return address, changed, nil
		}
		if down {
			return "", nil, errDown
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return "", nil, ctx.Err()
		}
	}
}

func (u *upstream) settle() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.unsettled--
	if u.unsettled == 0 && u.settled != nil {
		close(u.settled)
		u.settled = nil
	}
}

var errDown = errors.New("it is not running")

func neverConnected(err error) bool {
	var failure *net.OpError
	return errors.As(err, &failure) && failure.Op == "dial"
}

// discard silences the proxy's own log: errors are shown in the page.
func discard() *log.Logger { return log.New(io.Discard, "", 0) }
