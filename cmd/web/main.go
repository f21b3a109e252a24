// Web is the application: it serves pages and sockets, and has a few commands.
//
//	web                        serve, as configured by the environment (see .env.example)
//	web work                   handle events and run jobs, without serving pages
//	web migrate                run the migrations, then exit
//	web make-admin EMAIL       grant the admin role to an account
//	web describe --json        print what each feature publishes and handles (see tools/describe)
//	web describe --typescript  print the channels as web/src/channels.gen.ts
//	web describe --asyncapi    print the channels as an AsyncAPI document
//
// The last two formats require core/realtime.
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

	_ "golang.org/x/crypto/x509roots/fallback" // certificates, where a small image has none
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
}

// run is the program as a function, for tests. It returns the exit code: 0 for
// success, 1 for a failure, 2 for a usage error.
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

var errUsage = errors.New("usage: web [serve | work | migrate | make-admin EMAIL | describe --json|--typescript|--asyncapi]")

func command(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	if len(args) == 2 {
		switch args[0] {
		case "make-admin":
			return makeAdmin(ctx, args[1], getenv, stdout)
		case "describe":
			return describe(ctx, args[1], stdout)
		}
	}
	switch strings.Join(args, " ") {
	case "", "serve":
		return serve(ctx, getenv, stderr)
	case commandWork:
		return work(ctx, getenv, stderr)
	case "migrate":
		return migrate(ctx, getenv, stdout)
	default:
		return errUsage
	}
}
