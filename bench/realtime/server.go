package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"example.com/pergola/core/feature"
	"example.com/pergola/core/realtime"
	"example.com/pergola/features/blog"
)

// hub is a server to measure: it accepts clients and broadcasts to all of them.
type hub interface {
	http.Handler
	broadcast(ctx context.Context) error
}

// serve runs a server until ctx ends.
func serve(ctx context.Context, kind, addr string) error {
	var h hub
	switch kind {
	case "pergola":
		made, err := newPergola()
		if err != nil {
			return err
		}
		h = made
	case "raw":
		h = &raw{}
	case "joined":
		h = &raw{join: true}
	default:
		return fmt.Errorf("unknown server %q", kind)
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/socket.io/", h)
	mux.HandleFunc("/usage", usage)
	mux.HandleFunc("/burst", func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.URL.Query().Get("n"))
		if err := burst(ctx, h, n); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		usage(w, r)
	})
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func burst(ctx context.Context, h hub, n int) error {
	if r, ok := h.(*raw); ok && r.join {
		return r.broadcastTogether(n)
	}
	for range n {
		if err := h.broadcast(ctx); err != nil {
			return err
		}
	}
	return nil
}

// used holds the resources that a server has used since it started.
type used struct {
	CPUMicros  int64 `json:"cpuMicros"`
	Goroutines int   `json:"goroutines"`
}

func usage(w http.ResponseWriter, _ *http.Request) {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	_ = json.NewEncoder(w).Encode(used{
		CPUMicros:  (r.Utime.Nano() + r.Stime.Nano()) / 1000,
		Goroutines: runtime.NumGoroutine(),
	})
}

// article is the message of all servers. Its summary is the sending time.
func article() blog.ArticleFeed {
	return blog.ArticleFeed{
		ID:          "0190f3a2-7b1c-7cc3-9d2e-5a4b3c2d1e0f",
		Title:       "What the gardener said",
		Summary:     fmt.Sprintf("%020d", time.Now().UnixNano()),
		URL:         "/articles/what-the-gardener-said",
		AuthorName:  "Ada",
		PublishedAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
	}
}

// pergola is all of core/realtime.
type pergola struct {
	*realtime.Server
	hub *realtime.Hub
}

func newPergola() (*pergola, error) {
	h := realtime.NewHub(slog.New(slog.DiscardHandler))
	visitors := func(*http.Request) (realtime.Identity, error) { return realtime.Identity{}, nil }
	manifest := feature.Manifest{Name: "blog", Parts: []feature.Part{realtime.Channels{blog.ArticleFeedChannel}}}
	server, err := realtime.NewServer(h, visitors, []feature.Manifest{manifest}, realtime.Options{
		Limits: realtime.Limits{SocketsPerAddress: -1},
	})
	if err != nil {
		return nil, err
	}
	return &pergola{server, h}, server.Start(context.Background())
}

func (p *pergola) broadcast(ctx context.Context) error {
	return blog.ArticleFeedChannel.Broadcast(ctx, p.hub, article())
}
