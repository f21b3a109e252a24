package socketio

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
)

// Long polling is not offered, but it is what the official client begins with. A client
// that begins with it would retry forever without an error, so it gets as much of a session
// as it needs to report one: its first message rejects the connection.
// Nothing is stored for it.

// pollingRejection is what such a client reports as connect_error. It does not retry.
var pollingRejection = &Rejection{
	Code:    "websocket_required",
	Message: `This server accepts only WebSocket connections: pass { transports: ["websocket"] } to the client.`,
}

// isPolling reports whether a request belongs to an Engine.IO session over long polling.
func isPolling(r *http.Request) bool {
	query := r.URL.Query()
	return slices.Equal(query["transport"], []string{"polling"}) && query.Get("EIO") == "4" && !query.Has("j")
}

// answerPolling answers the requests of such a session: the handshake, the client's
// packets, which are ignored, and its next poll.
func (s *Server) answerPolling(w http.ResponseWriter, r *http.Request) {
	const separator = "\x1e"
	answer := "ok"
	switch {
	case r.Method == http.MethodPost:
	case r.URL.Query().Get("sid") != "":
		answer = string(engineClose)
	default:
		if s.options.Polled != nil {
			s.options.Polled(r)
		}
		rejection, _ := json.Marshal(struct {
			Message string     `json:"message"`
			Data    *Rejection `json:"data"`
		}{pollingRejection.Message, pollingRejection}) // never fails
		answer = string(engineOpen) + s.openPacket("polling") + separator + string(engineMessage) + "4" + string(rejection)
	}
	w.Header().Set("Content-Type", "text/plain; charset=UTF-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = io.WriteString(w, answer)
}
