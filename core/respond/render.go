package respond

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"

	"github.com/a-h/templ"
)

const (
	contentHTML = "text/html; charset=utf-8"
	contentJSON = "application/json; charset=utf-8"
)

// maxPooled limits the size of the buffers that are reused, so that a huge page
// does not stay in memory.
const maxPooled = 1 << 20

// builder builds a component. A panic in it is recovered, as one in rendering is.
type builder func(ctx context.Context) templ.Component

func (rs *Responder) html(w http.ResponseWriter, r *http.Request, status int, cache string, build builder) {
	buffer, err := rs.render(r.Context(), build)
	if err != nil {
		rs.Error(w, r, err)
		return
	}
	defer rs.release(buffer)
	rs.send(w, r, status, contentHTML, cache, buffer.Bytes())
}

func (rs *Responder) render(ctx context.Context, build builder) (buffer *bytes.Buffer, err error) {
	buffer = rs.buffer()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("render: panic: %v\n%s", p, debug.Stack())
		}
		if err != nil {
			rs.release(buffer)
		}
	}()
	component := build(ctx)
	if component == nil {
		return buffer, nil
	}
	if err := component.Render(ctx, buffer); err != nil {
		return buffer, fmt.Errorf("render: %w", err)
	}
	return buffer, nil
}

func (rs *Responder) send(w http.ResponseWriter, r *http.Request, status int, contentType, cache string, body []byte) {
	if status == 0 {
		status = http.StatusOK
	}
	header := w.Header()
	header.Set("Content-Type", contentType)
	header.Set("Content-Length", strconv.Itoa(len(body)))
	if header.Get("Cache-Control") == "" {
		header.Set("Cache-Control", cache)
	}
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // fails only if the client has disconnected
	}
}

func (rs *Responder) buffer() *bytes.Buffer {
	if buffer, ok := rs.buffers.Get().(*bytes.Buffer); ok {
		return buffer
	}
	return new(bytes.Buffer)
}

func (rs *Responder) release(buffer *bytes.Buffer) {
	if buffer.Cap() > maxPooled {
		return
	}
	buffer.Reset()
	rs.buffers.Put(buffer)
}
