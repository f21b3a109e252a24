// Dev runs the application for development: `./task dev` calls it.
//
//	dev            build, run and watch, on http://localhost:8080
//	dev -throwaway the same with a new database, which is dropped at the end
//	dev psql       open psql on the development database
//	dev reset      empty the development database
//	dev install web
//	               install the npm packages of a folder, unless they are installed
//
// It starts a Postgres server (unless DATABASE_URL names one), the asset watcher
// (web/build.mjs), and the application, behind a proxy that keeps running when
// the application is restarted. When a file is saved, only what is needed is
// rebuilt:
//
//   - text in a .templ file: the running application shows it, pages reload;
//   - TypeScript: the script is bundled, pages reload;
//   - CSS: the style sheet is replaced in open pages;
//   - Go, SQL, code in a .templ file: the application is built while the old one
//     keeps serving, then replaced; requests wait in the meantime.
//
// A mistake is shown in the terminal and in place of the pages until it is fixed.
//
// PORT (8080) and HOST (localhost) set the address. All other variables are
// passed to the application, except those for its own address, the database, the
// assets and the session cookie. Without DATABASE_URL, libpq's variables (PGHOST
// and so on) are not passed either.
//
// Everything that it starts exits with it, even if it is killed, with one
// exception: after a kill -9 the Postgres server keeps running and the next start
// adopts it.
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
	context.AfterFunc(ctx, stop) // a second Ctrl-C exits immediately
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
	case "install":
		return installFolder(ctx, flags.Arg(1))
	default:
		return errors.New("usage: dev [-throwaway] [psql | reset | install <folder>]")
	}
}
