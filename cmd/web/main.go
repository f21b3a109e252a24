// Web is the application: it serves pages and sockets, and knows a few
// commands beside that.
//
//	web                        serve, as configured by the environment (see .env.example)
//	web work                   handle events and do jobs, and serve nobody <with:events|jobs/>
//	web migrate                bring the database up to date, then end
//	web make-admin EMAIL       make the account with this address an admin
//	web describe --json        print what each feature says and hears (see tools/describe)
//	web describe --typescript  print the channels as web/src/channels.gen.ts <with:realtime/>
//	web describe --asyncapi    print them as an AsyncAPI document <with:realtime/>
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	_ "time/tzdata" // schedules name time zones, and a small image has none
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
}

// run is the program as a function, so that a test can run it. It returns the
// exit code: 0 well, 1 failed, 2 wrongly called.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	err := command(ctx, args, getenv, stdout, stderr)
	if err == nil {
		return 0
	}
	fmt.Fprintln(stderr, "web:", err)
	if errors.Is(err, errUsage) {
		return 2
	}
	return 1
}

var errUsage = errors.New("usage: web [" + strings.Join([]string{
	"serve",
	"work", // <with:events|jobs/>
	"migrate",
	"make-admin EMAIL",
	"describe --json",
	"describe --typescript", // <with:realtime/>
	"describe --asyncapi",   // <with:realtime/>
}, " | ") + "]")

func command(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	if len(args) == 2 && args[0] == "make-admin" {
		return makeAdmin(ctx, args[1], getenv, stdout)
	}
	switch strings.Join(args, " ") {
	case "", "serve":
		return serve(ctx, getenv, stderr)
	// <with:events|jobs>
	case "work":
		return work(ctx, getenv, stderr)
	// </with:events|jobs>
	case "migrate":
		return migrate(ctx, getenv, stdout)
	case "describe --json":
		return describe(ctx, stdout, describeJSON)
	// <with:realtime>
	case "describe --typescript":
		return describe(ctx, stdout, describeTypeScript)
	case "describe --asyncapi":
		return describe(ctx, stdout, describeAsyncAPI)
	// </with:realtime>
	default:
		return errUsage
	}
}
