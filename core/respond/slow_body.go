package respond

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync/atomic"
)

// errBodyTooSlow is returned by reads of a body of TimeBody that did not arrive in
// time.
var errBodyTooSlow = errors.New("reading the request body timed out")

type slowBodyKey struct{}

// TimeBody returns the request with a body whose timeout is noted. The server
// cancels the context of a request when reading its body times out, as it does when
// the client disconnects. But this client is still there, and Error answers it,
// whatever error the handler makes of it.
func TimeBody(r *http.Request) *http.Request {
	slow := new(atomic.Bool)
	r = r.WithContext(context.WithValue(r.Context(), slowBodyKey{}, slow))
	r.Body = timedBody{r.Body, slow}
	return r
}

type timedBody struct {
	io.ReadCloser
	slow *atomic.Bool
}

func (b timedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		b.slow.Store(true)
		err = fmt.Errorf("%w: %w", errBodyTooSlow, err)
	}
	return n, err
}

func bodyTooSlow(r *http.Request) bool {
	slow, ok := r.Context().Value(slowBodyKey{}).(*atomic.Bool)
	return ok && slow.Load()
}
