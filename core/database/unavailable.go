package database

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"

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
	return unavailable(err)
}

func unavailable(err error) error {
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

// unavailableClasses are the SQLSTATE classes of errors that the statement did
// not cause: the same statement may succeed later.
var unavailableClasses = []string{
	"08", // connection exception
	"40", // transaction rollback: a deadlock, a conflict with another transaction or with recovery
	"53", // insufficient resources: connections, memory, disk
	"57", // operator intervention: shutdown, startup, canceled by an administrator or statement_timeout
	"58", // system error: input and output of the server
}

// unavailableCodes are such errors in classes whose other errors are defects.
var unavailableCodes = []string{
	readOnly,
	"25P03", // idle_in_transaction_session_timeout
	"25P04", // transaction_timeout
	"55P03", // lock_not_available: lock_timeout
}

// readOnly is the SQLSTATE of a write on a server that accepts none: a standby,
// such as a former primary after a failover.
const readOnly = "25006"

func outOfService(code string) bool {
	return len(code) == 5 && slices.Contains(unavailableClasses, code[:2]) || slices.Contains(unavailableCodes, code)
}

var errReadOnly = errors.New("the database server accepts no writes: it is a standby, or default_transaction_read_only is on")
