package main

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"example.com/pergola/core/realtime/realtimetest"
)

// Metrics have a separate address, so that visitors can't read them.
func TestMetrics_haveASeparateAddress(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := listener.Addr().String()
	_ = listener.Close()
	s := startSite(t, func(c *Config) { c.MetricsAddr = addr })
	realtimetest.Dial(t, s.URL, nil)

	for address, want := range map[string]bool{"http://" + addr: true, s.URL: false} {
		response, err := http.Get(address + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if got := strings.Contains(string(text), "pergola_realtime_connections 1"); got != want {
			t.Errorf("%s/metrics: %s, shown %v, want %v", address, response.Status, got, want)
		}
	}
}
