// Command stopserver stops the Postgres server that the tests of this checkout
// share and removes its data, unless tests are using it. The next test that
// needs a server starts a new one.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"example.com/pergola/core/database/databasetest"
)

func main() {
	const timeout = 30 * time.Second
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	if _, err := databasetest.StopShared(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "stop the test database server:", err)
		os.Exit(1)
	}
}
