package app

import (
	"context"
	"io"
	"log/slog"
	"time"

	"github.com/lmittmann/tint"
)

// LogFormat is the format of the log.
type LogFormat string

const (
	LogText LogFormat = "text" // for people at a terminal
	LogJSON LogFormat = "json" // for log collectors
)

// NewLogger creates a logger that adds the request's id to every line about a
// request.
func NewLogger(w io.Writer, format LogFormat, level slog.Level) *slog.Logger {
	if format == LogJSON {
		return slog.New(requestIDHandler{slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level})})
	}
	return slog.New(requestIDHandler{tint.NewTextHandler(w, &tint.Options{Level: level, TimeFormat: time.TimeOnly})})
}

type requestIDHandler struct{ slog.Handler }

func (h requestIDHandler) Handle(ctx context.Context, record slog.Record) error {
	if id := RequestID(ctx); id != "" {
		record.AddAttrs(slog.String("request_id", id))
	}
	return h.Handler.Handle(ctx, record)
}

func (h requestIDHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return requestIDHandler{h.Handler.WithAttrs(attrs)}
}

func (h requestIDHandler) WithGroup(name string) slog.Handler {
	return requestIDHandler{h.Handler.WithGroup(name)}
}
