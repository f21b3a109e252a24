// Command stopserver stops the Postgres server that the tests of this checkout
// share and removes its data, unless tests are using it. The next test that
// needs one makes another.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"example.com/pergola/core/database/databasetest"
)

func main() {
	const patience = 30 * time.Second
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if _, err := databasetest.StopShared(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "stop the tests' database server:", err)
		os.Exit(1)
	}
}
