// Package metrics shows Prometheus how the program does, at /metrics on a
// listener of its own: the numbers are for whoever runs the application, and
// nobody else can reach them if that address is not public.
//
// It is off until METRICS_ADDR says where to listen. Names begin with
// pergola_realtime_, and with go_ and process_ for the runtime:
//
//	connections              open sockets, let in or not
//	connections_opened_total
//	connections_closed_total {reason}        "slow": cut off because it did not read
//	subscriptions            {channel}
//	messages_out_total       frames written, whatever they say
//	bytes_out_total
//	refused_total            {gate, code}
//	handshake_seconds        from the request until the browser is let in
//	broadcast_seconds        from the call until the message waits for all who hear it
//	backplane_up             1 while other processes are reached
//	backplane_waiting        messages for other processes that are not sent yet
//	backplane_sent_total, backplane_dropped_total, backplane_heard_total
//	backplane_lag_seconds    from sending a message until it comes back to its sender
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

// Sources are whom the numbers are asked of.
type Sources struct {
	Sockets   interface{ Measures() realtime.Measures }
	Backplane interface{ Measures() backplane.Measures }
}

// Server shows the numbers while it runs: a service of the application.
type Server struct {
	addr   string
	server *http.Server
	logger *slog.Logger
}

// NewServer makes a server that will listen at addr ("127.0.0.1:9090").
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

// Handler answers with all numbers, as they are at that moment.
func Handler(sources Sources) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), collector{sources})
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
}

// Start takes the port.
func (s *Server) Start(ctx context.Context) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", s.addr)
	if err != nil {
		return fmt.Errorf("listen for METRICS_ADDR: %w", err)
	}
	s.logger.InfoContext(ctx, "metrics", "address", listener.Addr().String())
	go func() {
		if err := s.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.logger.ErrorContext(ctx, "metrics are shown no more", "error", err)
		}
	}()
	return nil
}

// Stop answers what was asked, and ends.
func (s *Server) Stop(ctx context.Context) error {
	if err := s.server.Shutdown(ctx); err != nil {
		return fmt.Errorf("stop showing metrics: %w", err)
	}
	return nil
}

// collector asks the sources when somebody looks.
type collector struct{ Sources }

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("pergola_realtime_"+name, help, labels, nil)
}

var (
	connections   = describe("connections", "Open sockets, let in or not.")
	opened        = describe("connections_opened_total", "Sockets that were opened.")
	closed        = describe("connections_closed_total", "Sockets that have ended, by reason.", "reason")
	subscriptions = describe("subscriptions", "Subscriptions, by channel.", "channel")
	messagesOut   = describe("messages_out_total", "Frames that were written.")
	bytesOut      = describe("bytes_out_total", "Bytes of these frames.")
	refused       = describe("refused_total", "What was refused, by gate and code.", "gate", "code")
	handshakes    = describe("handshake_seconds", "From a browser's request until it is let in.")
	broadcasts    = describe("broadcast_seconds", "From a broadcast until the message waits for all who hear it.")
	up            = describe("backplane_up", "Whether other processes are reached.")
	waiting       = describe("backplane_waiting", "Messages for other processes that are not sent yet.")
	sent          = describe("backplane_sent_total", "Messages that were sent to other processes.")
	dropped       = describe("backplane_dropped_total", "Messages that could not be sent to other processes.")
	heard         = describe("backplane_heard_total", "Messages of other processes.")
	lag           = describe("backplane_lag_seconds", "From sending a message until it comes back to its sender.")
)

// Describe describes nothing, because what there is depends on what has
// happened.
func (collector) Describe(chan<- *prometheus.Desc) {}

// Collect asks all sources.
func (c collector) Collect(metrics chan<- prometheus.Metric) {
	c.collectSockets(metrics)
	c.collectBackplane(metrics)
}

func (c collector) collectSockets(metrics chan<- prometheus.Metric) {
	m := c.Sockets.Measures()
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
			metrics <- counter(refused, float64(n), gate, code)
		}
	}
	metrics <- histogram(handshakes, m.Handshakes)
	metrics <- histogram(broadcasts, m.Broadcasts)
}

func (c collector) collectBackplane(metrics chan<- prometheus.Metric) {
	m := c.Backplane.Measures()
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
	metrics <- counter(heard, float64(m.Heard))
	metrics <- histogram(lag, m.Lag)
}

func gauge(of *prometheus.Desc, value float64, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(of, prometheus.GaugeValue, value, labels...)
}

func counter(of *prometheus.Desc, value float64, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(of, prometheus.CounterValue, value, labels...)
}

func histogram(of *prometheus.Desc, counted observe.Counted) prometheus.Metric {
	buckets := make(map[float64]uint64, len(counted.UpTo))
	for bound, n := range counted.UpTo {
		buckets[bound.Seconds()] = n
	}
	return prometheus.MustNewConstHistogram(of, counted.Count, counted.Sum.Seconds(), buckets)
}
