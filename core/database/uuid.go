package database

import "github.com/google/uuid"

// IsUUID reports whether id is a UUID in its usual form with hyphens. Check an
// id that comes from a URL or a form before you compare it with a uuid column:
// Postgres fails on any other text.
func IsUUID(id string) bool { return len(id) == 36 && uuid.Validate(id) == nil }
