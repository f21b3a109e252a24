package main

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"
)

// raw is a minimal server with gorilla/websocket: a list of connections, a message
// that is encoded and framed once, and a loop that writes it to each. With join,
// the messages of a burst go out in one write.
//
// It lacks everything that a real server needs: a slow client delays all others,
// dead connections are not detected, and nothing is authorized or rejected.
type raw struct {
	join bool

	mu    sync.Mutex
	conns []*websocket.Conn
}

var upgrader = websocket.Upgrader{ReadBufferSize: 1024, WriteBufferSize: 1024}

// ServeHTTP implements as much Socket.IO as the same clients need.
func (h *raw) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	go h.read(conn)
}

func (h *raw) read(conn *websocket.Conn) {
	defer func() {
		h.mu.Lock()
		h.conns = slices.DeleteFunc(h.conns, func(c *websocket.Conn) bool { return c == conn })
		h.mu.Unlock()
		_ = conn.Close()
	}()
	if conn.WriteMessage(websocket.TextMessage, []byte(`0{"sid":"x","upgrades":[],"pingInterval":20000,"pingTimeout":30000,"maxPayload":65536}`)) != nil {
		return
	}
	for {
		_, data, err := conn.ReadMessage()
		if err != nil {
			return
		}
		switch {
		case string(data) == "40":
			err = conn.WriteMessage(websocket.TextMessage, []byte(`40{"sid":"x"}`))
		case len(data) > 3:
			err = conn.WriteMessage(websocket.TextMessage, []byte(`430[{"ok":true}]`))
			h.mu.Lock()
			h.conns = append(h.conns, conn)
			h.mu.Unlock()
		}
		if err != nil {
			return
		}
	}
}

func message() ([]byte, error) {
	data, err := json.Marshal(article())
	if err != nil {
		return nil, err
	}
	meta, err := json.Marshal(map[string]any{"id": uuid.Must(uuid.NewV7()), "at": time.Now().UTC()})
	if err != nil {
		return nil, err
	}
	text := append([]byte(`42["blog.article.feed",`), data...)
	text = append(append(text, ','), meta...)
	return append(text, ']'), nil
}

func (h *raw) broadcast(context.Context) error {
	text, err := message()
	if err != nil {
		return err
	}
	prepared, err := websocket.NewPreparedMessage(websocket.TextMessage, text)
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, conn := range h.conns {
		_ = conn.WritePreparedMessage(prepared)
	}
	return nil
}

// broadcastTogether writes a burst's frames in one write: the most that joining
// them can save.
func (h *raw) broadcastTogether(n int) error {
	var frames []byte
	for range n {
		text, err := message()
		if err != nil {
			return err
		}
		frames = append(frames, 0x81, 126, byte(len(text)>>8), byte(len(text)))
		frames = append(frames, text...)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, conn := range h.conns {
		_, _ = conn.NetConn().Write(frames)
	}
	return nil
}
