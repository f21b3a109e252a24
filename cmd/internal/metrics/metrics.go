// Package metrics serves Prometheus metrics at /metrics on a separate listener:
// they are for operators, so choose an address that is not public.
//
// It is off unless METRICS_ADDR is set to the address to listen on. Names begin
// with pergola_realtime_, and with go_ and process_ for the runtime:
//
//	connections              open sockets, admitted or not
//	connections_opened_total
//	connections_closed_total {reason}        "slow": disconnected because it did not read
//	subscriptions            {channel}
//	messages_out_total       frames written, of every kind
//	bytes_out_total
//	rejected_total           {gate, code}
//	handshake_seconds        from the request until the browser is admitted
//	broadcast_seconds        from the call until the message is queued for all subscribers
//	backplane_up             1 while this process receives what it sends to the others
//	backplane_waiting        messages waiting to be sent to other processes
//	backplane_sent_total, backplane_dropped_total, backplane_received_total
//	backplane_lag_seconds    from sending a message until it comes back to its sender
//
// pergola_database_clock_difference_seconds is how far the database's clock is ahead
// of this process's: the database's is used, and the machines should be synchronized.
//
// A channel's label is its name or template, never a topic: there are as many
// as the program has, not as there are users.
package metrics

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"example.com/pergola/core/observe"
	"example.com/pergola/core/realtime"
	"example.com/pergola/core/realtime/backplane"
)

// Sources are the sources of the metrics.
type Sources struct {
	Sockets   interface{ Metrics() realtime.Metrics }
	Backplane interface{ Metrics() backplane.Metrics }
	Clock     interface{ ClockDifference() time.Duration }
}

// Server serves the metrics while it runs. It is a service of the application.
type Server struct {
	addr   string
	server *http.Server
	logger *slog.Logger
}

// NewServer creates a server that will listen at addr ("127.0.0.1:9090").
func NewServer(addr string, sources Sources, logger *slog.Logger) *Server {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", Handler(sources))
	return &Server{addr: addr, logger: logger, server: &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      30 * time.Second,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
	}}
}

// Handler responds with the current value of every metric.
func Handler(sources Sources) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), collector{sources})
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
}

// Start starts listening.
func (s *Server) Start(ctx context.Context) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", s.addr)
	if err != nil {
		return fmt.Errorf("listen for METRICS_ADDR: %w", err)
	}
	s.logger.InfoContext(ctx, "metrics", "address", listener.Addr().String())
	go func() {
		if err := s.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.logger.ErrorContext(ctx, "the metrics server stopped", "error", err)
		}
	}()
	return nil
}

// Stop finishes pending requests and closes the listener.
func (s *Server) Stop(ctx context.Context) error {
	if err := s.server.Shutdown(ctx); err != nil {
		return fmt.Errorf("stop the metrics server: %w", err)
	}
	return nil
}

// collector reads the sources whenever metrics are requested.
type collector struct{ Sources }

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("pergola_realtime_"+name, help, labels, nil)
}

var (
	connections   = describe("connections", "Open sockets, admitted or not.")
	opened        = describe("connections_opened_total", "Sockets opened.")
	closed        = describe("connections_closed_total", "Sockets closed, by reason.", "reason")
	subscriptions = describe("subscriptions", "Subscriptions, by channel.", "channel")
	messagesOut   = describe("messages_out_total", "Frames written.")
	bytesOut      = describe("bytes_out_total", "Bytes of the frames written.")
	rejected      = describe("rejected_total", "Rejected connections, subscriptions and messages, by gate and code.", "gate", "code")
	handshakes    = describe("handshake_seconds", "Time from a browser's request until it is admitted.")
	broadcasts    = describe("broadcast_seconds", "Time from a broadcast until the message is queued for all subscribers.")
	up            = describe("backplane_up", "Whether this process receives what it sends to the others.")
	waiting       = describe("backplane_waiting", "Messages waiting to be sent to other processes.")
	sent          = describe("backplane_sent_total", "Messages sent to other processes.")
	dropped       = describe("backplane_dropped_total", "Messages that could not be sent to other processes.")
	received      = describe("backplane_received_total", "Messages received from other processes.")
	clock         = prometheus.NewDesc("pergola_database_clock_difference_seconds", "How far the database's clock is ahead of this process's.", nil, nil)
	lag           = describe("backplane_lag_seconds", "Time from sending a message until it comes back to its sender.")
)

// Describe describes nothing, because the set of metrics depends on what has
// happened so far.
func (collector) Describe(chan<- *prometheus.Desc) {}

// Collect reads all sources.
func (c collector) Collect(metrics chan<- prometheus.Metric) {
	c.collectSockets(metrics)
	c.collectBackplane(metrics)
	metrics <- gauge(clock, c.Clock.ClockDifference().Seconds())
}

func (c collector) collectSockets(metrics chan<- prometheus.Metric) {
	m := c.Sockets.Metrics()
	metrics <- gauge(connections, float64(m.Connections))
	metrics <- counter(opened, float64(m.Opened))
	for reason, n := range m.Closed {
		metrics <- counter(closed, float64(n), reason)
	}
	for channel, n := range m.Subscriptions {
		metrics <- gauge(subscriptions, float64(n), channel)
	}
	metrics <- counter(messagesOut, float64(m.MessagesOut))
	metrics <- counter(bytesOut, float64(m.BytesOut))
	for gate, codes := range m.Rejected {
		for code, n := range codes {
			metrics <- counter(rejected, float64(n), gate, code)
		}
	}
	metrics <- histogram(handshakes, m.Handshakes)
	metrics <- histogram(broadcasts, m.Broadcasts)
}

func (c collector) collectBackplane(metrics chan<- prometheus.Metric) {
	m := c.Backplane.Metrics()
	if !m.Used {
		return
	}
	isUp := 0.0
	if m.Up {
		isUp = 1
	}
	metrics <- gauge(up, isUp)
	metrics <- gauge(waiting, float64(m.Waiting))
	metrics <- counter(sent, float64(m.Sent))
	metrics <- counter(dropped, float64(m.Dropped))
	metrics <- counter(received, float64(m.Received))
	metrics <- histogram(lag, m.Lag)
}

func gauge(of *prometheus.Desc, value float64, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(of, prometheus.GaugeValue, value, labels...)
}

func counter(of *prometheus.Desc, value float64, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(of, prometheus.CounterValue, value, labels...)
}

func histogram(of *prometheus.Desc, counted observe.DurationsSnapshot) prometheus.Metric {
	buckets := make(map[float64]uint64, len(counted.UpTo))
	for bound, n := range counted.UpTo {
		buckets[bound.Seconds()] = n
	}
	return prometheus.MustNewConstHistogram(of, counted.Count, counted.Sum.Seconds(), buckets)
}
