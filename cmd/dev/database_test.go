package main

import (
	"fmt"
	"strings"
	"testing"

	"example.com/pergola/core/database/embedded"
)

func TestInOneLine_namesBothRemediesWithoutPostgres(t *testing.T) {
	t.Parallel()
	missing := fmt.Errorf("embedded Postgres: %w", &embedded.NotFoundError{})

	got := inOneLine(missing).Error()

	if strings.Contains(got, "\n") || !strings.Contains(got, "install PostgreSQL") || !strings.Contains(got, "DATABASE_URL") {
		t.Errorf("got %q, want one line with both remedies", got)
	}
}
