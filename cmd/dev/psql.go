package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

	"example.com/pergola/core/database/embedded"
)

// openPsql runs psql on the development database. If the server is not running,
// it is started and stopped again afterwards.
func openPsql(ctx context.Context, s settings) error {
	url := s.databaseURL
	if url == "" {
		server, stop, err := borrowServer(ctx, s)
		if err != nil {
			return err
		}
		defer stop()
		url = server.URL()
	}
	psql, err := exec.LookPath("psql")
	if err != nil {
		fmt.Println(url)
		if s.databaseURL == "" {
			return keepUntilInterrupted(ctx, s)
		}
		return nil
	}
	cmd := exec.Command(psql, url)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		return fmt.Errorf("run psql: %w", err)
	}
	return nil
}

// keepUntilInterrupted keeps a server that was started for psql running while the
// printed address is in use.
func keepUntilInterrupted(ctx context.Context, s settings) error {
	if _, supervised := runningSupervisor(s); supervised {
		return nil
	}
	fmt.Println("psql is not installed on this machine. The server runs until Ctrl-C.")
	<-ctx.Done()
	return nil
}

// resetDatabase empties the development database and restarts a running
// application.
func resetDatabase(ctx context.Context, s settings) error {
	if s.databaseURL != "" {
		return errors.New("DATABASE_URL is set: reset only empties the database that ./task dev starts")
	}
	server, stop, err := borrowServer(ctx, s)
	if err != nil {
		return err
	}
	defer stop()
	if err := server.Reset(ctx); err != nil {
		return err
	}
	other, supervised := runningSupervisor(s)
	if !supervised || other.PID == 0 {
		fmt.Println("The development database is empty; ./task dev fills it with sample data.")
		return nil
	}
	if err := syscall.Kill(other.PID, syscall.SIGUSR1); err != nil {
		return fmt.Errorf("restart the application: %w", err)
	}
	fmt.Println("The development database is empty; the application restarts and fills it with sample data.")
	return nil
}

// borrowServer starts the server if it is not running; stop stops it only in that
// case.
func borrowServer(ctx context.Context, s settings) (server *embedded.Server, stop func(), err error) {
	terminal := newTerminal(os.Stderr)
	server, err = embedded.Start(ctx, embeddedOptions(s, terminal))
	if err != nil {
		return nil, nil, err
	}
	if server.Adopted() {
		return server, func() {}, nil
	}
	return server, func() {
		stopping, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := server.Stop(stopping); err != nil {
			terminal.printf("%v", err)
		}
	}, nil
}
