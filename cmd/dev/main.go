// Dev runs the application for development: `./task dev` calls it.
//
//	dev            build, run and watch, on http://localhost:8080
//	dev -throwaway the same with a new database, which is dropped at the end
//	dev psql       open psql on the development database
//	dev reset      empty the development database
//
// It starts a Postgres server of its own (unless DATABASE_URL names another),
// the watcher of the assets (web/build.mjs), and the application, behind a
// proxy that stays when the application is restarted. When a file is saved,
// what is needed and no more is made anew:
//
//   - text in a .templ file: the running application shows it, pages reload;
//   - TypeScript: the script is bundled, pages reload;
//   - CSS: the style sheet is replaced in open pages;
//   - Go, SQL, code in a .templ file: the application is built while the old
//     one goes on serving, then replaced; requests wait in the meantime.
//
// A mistake shows in the terminal and in place of the pages, and goes away
// when it is mended.
//
// PORT (8080) and HOST (localhost) say where to listen. All other variables
// reach the application as they are, but for those that say where it listens
// and where it finds the database and the assets.
//
// Nothing that it starts outlives it, even if it is killed, with one
// exception: after a kill -9 the Postgres server goes on and is adopted by the
// next start.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"example.com/pergola/cmd/dev/internal/process"
)

func main() {
	if len(os.Args) > 2 && os.Args[1] == "guard" {
		os.Exit(process.Guard(os.Args[2:]))
	}
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "dev:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	flags := flag.NewFlagSet("dev", flag.ExitOnError)
	throwaway := flags.Bool("throwaway", false, "use a new database, which is dropped at the end")
	follow := flags.Bool("follow-parent", false, "end when the process that started this one ends")
	if err := flags.Parse(args); err != nil {
		return err
	}
	settings, err := readSettings(os.Getenv, *throwaway)
	if err != nil {
		return err
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C does not wait for anything
	if *follow {
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		defer cancel()
		go followParent(ctx, cancel)
	}

	switch flags.Arg(0) {
	case "":
		return supervise(ctx, settings, newTerminal(os.Stdout))
	case "psql":
		return openPsql(ctx, settings)
	case "reset":
		return resetDatabase(ctx, settings)
	default:
		return errors.New("usage: dev [-throwaway] [psql | reset]")
	}
}
