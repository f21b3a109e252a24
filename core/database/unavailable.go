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

// translate makes a fault.Unavailable of an error that means that the database
// does not answer, and leaves every other as it is.
func translate(err error) error {
	if err == nil || errors.Is(err, pgx.ErrNoRows) || !unanswered(err) {
		return err
	}
	return fault.Unavailable.Wrap(err, "We cannot reach our data at the moment. Please try again soon.")
}

func unanswered(err error) bool {
	// The caller has gone away: that says nothing about the database.
	if errors.Is(err, context.Canceled) {
		return false
	}
	// What the server says itself is asked first: a refused connection may be
	// one to a wrong database, which no waiting mends.
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
// a shutdown or a start in progress.
func outOfService(code string) bool {
	return strings.HasPrefix(code, "08") || strings.HasPrefix(code, "53") || strings.HasPrefix(code, "57P")
}
