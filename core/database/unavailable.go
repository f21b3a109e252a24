package database

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/puddle/v2"

	"example.com/pergola/core/fault"
)

// translate wraps an error that means that the database is unavailable in
// fault.Unavailable, and returns every other error unchanged.
func translate(err error) error {
	if err == nil || errors.Is(err, pgx.ErrNoRows) || !unanswered(err) {
		return err
	}
	return fault.Unavailable.Wrap(err, "The service is temporarily unavailable. Please try again soon.")
}

func unanswered(err error) bool {
	// The caller gave up: that says nothing about the database.
	if errors.Is(err, context.Canceled) {
		return false
	}
	// The server's own errors come first: a rejected connection may be one to
	// the wrong database, and waiting doesn't fix that.
	if answer, ok := errors.AsType[*pgconn.PgError](err); ok {
		return outOfService(answer.Code)
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	return errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, pgconn.ErrConnClosed) ||
		errors.Is(err, puddle.ErrClosedPool) ||
		errors.Is(err, net.ErrClosed) ||
		errors.Is(err, io.ErrUnexpectedEOF)
}

// outOfService reports whether the SQLSTATE says that the server cannot work
// now: a broken connection, a lack of resources (connections, memory, disk),
// or a shutdown or startup in progress.
func outOfService(code string) bool {
	return strings.HasPrefix(code, "08") || strings.HasPrefix(code, "53") || strings.HasPrefix(code, "57P")
}
