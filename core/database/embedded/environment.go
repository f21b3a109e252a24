package embedded

import (
	"os"
	"strings"
)

// forOtherServers reports whether an entry of the environment is one of libpq's
// variables, such as PGSERVICE. They describe the server that the user otherwise
// works with. PG_BIN is ours.
func forOtherServers(entry string) bool {
	return strings.HasPrefix(entry, "PG") && !strings.HasPrefix(entry, "PG_")
}

// clearEnvironment removes libpq's variables from the environment of this process
// and of the programs that it starts. A database URL cannot override them all:
// with a PGSERVICE that does not exist, pgx connects to nothing.
func clearEnvironment() error {
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); forOtherServers(name) {
			if err := os.Unsetenv(name); err != nil {
				return err
			}
		}
	}
	return nil
}
