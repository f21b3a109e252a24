package database

import (
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
)

const uniqueViolation = "23505"

// IsUniqueViolation reports whether the error is a violation of the unique
// constraint or index with this name; "" means any.
func IsUniqueViolation(err error, constraint string) bool {
	answer, ok := errors.AsType[*pgconn.PgError](err)
	return ok && answer.Code == uniqueViolation &&
		(constraint == "" || answer.ConstraintName == constraint)
}
