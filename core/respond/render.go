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

// maxPooled keeps one huge page from staying in memory for ever.
const maxPooled = 1 << 20

func (rs *Responder) component(w http.ResponseWriter, r *http.Request, status int, c templ.Component, cache string) {
	buffer, err := rs.render(r.Context(), c)
	if err != nil {
		rs.Error(w, r, err)
		return
	}
	defer rs.release(buffer)
	rs.send(w, r, status, "text/html; charset=utf-8", cache, buffer.Bytes())
}

func (rs *Responder) render(ctx context.Context, c templ.Component) (buffer *bytes.Buffer, err error) {
	buffer = rs.buffer()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("render: panic: %v\n%s", p, debug.Stack())
		}
		if err != nil {
			rs.release(buffer)
		}
	}()
	if c == nil {
		return buffer, nil
	}
	if err := c.Render(ctx, buffer); err != nil {
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
		_, _ = w.Write(body) // fails only if the visitor has gone away
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
