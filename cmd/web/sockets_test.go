package main

import (
	"net/http"
	"testing"

	"example.com/pergola/core/app/apptest"
	"example.com/pergola/core/realtime/realtimetest"
)

// socket connects with the client's cookies.
func (s *site) socket(t *testing.T, client *apptest.Client) *realtimetest.Client {
	t.Helper()
	return realtimetest.Dial(t, s.URL, s.header(client))
}

// header returns the headers that a browser with the client's cookies connects with.
func (s *site) header(client *apptest.Client) http.Header {
	header := http.Header{"Origin": {s.URL}}
	for _, cookie := range client.Cookies() {
		header.Add("Cookie", cookie.String())
	}
	return header
}

// connected matches the connection status of a page that is connected.
const connected = `[data-connection-state="live"]`
