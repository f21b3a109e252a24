package embedded

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// Server is a running Postgres server and the application's database in it.
type Server struct {
	data    string
	log     string
	major   int
	pid     int
	port    int
	secret  password
	adopted bool
	ended   chan struct{} // closed when the process has ended
	unused  func()        // stops following the log
}

// URL returns the address of the application's database, including the password.
func (s *Server) URL() string { return s.urlOf(databaseName) }

// Adopted reports whether the server was running before Start was called.
func (s *Server) Adopted() bool { return s.adopted }

// Major returns the server's major version.
func (s *Server) Major() int { return s.major }

// LogFile returns the path of the server's log.
func (s *Server) LogFile() string { return s.log }

// Done is closed when the server has ended, through Stop or for another reason.
func (s *Server) Done() <-chan struct{} { return s.ended }

// Stop ends the server, adopted or not: connections are closed, open
// transactions are rolled back, committed data is on disk. If the server has not
// ended by the end of ctx it is stopped immediately, which loses nothing but
// makes the next start recover, and Stop returns an error. Stopping a server
// that has ended does nothing.
func (s *Server) Stop(ctx context.Context) error {
	defer s.unused()
	if err := s.signal(syscall.SIGINT); err != nil {
		return err
	}
	if s.waitEnd(ctx) {
		return nil
	}
	s.stopImmediately()
	return fmt.Errorf("embedded Postgres did not stop in time and was stopped immediately: %w", ctx.Err())
}

// Remove stops the server like Stop, and removes all its data. The next Start
// creates a new server.
func (s *Server) Remove(ctx context.Context) error {
	unlock, err := lock(ctx, filepath.Join(filepath.Dir(s.data), "lock"))
	if err != nil {
		return err
	}
	defer unlock()
	if err := s.Stop(ctx); err != nil {
		return err
	}
	if err := os.RemoveAll(s.data); err != nil {
		return fmt.Errorf("remove the data of embedded Postgres: %w", err)
	}
	return nil
}

// stopImmediately ends the server without a clean shutdown.
func (s *Server) stopImmediately() {
	const grace = 5 * time.Second
	for _, signal := range []syscall.Signal{syscall.SIGQUIT, syscall.SIGKILL} {
		waiting, cancel := context.WithTimeout(context.Background(), grace)
		ended := s.signal(signal) != nil || s.waitEnd(waiting)
		cancel()
		if ended {
			return
		}
	}
}

// waitEnd reports whether the process ended before ctx did.
func (s *Server) waitEnd(ctx context.Context) bool {
	err := poll(ctx, func() (bool, error) { return !isPostmaster(s.pid, s.data), nil })
	return err == nil
}

func (s *Server) signal(signal syscall.Signal) error {
	if !isPostmaster(s.pid, s.data) {
		return nil
	}
	if err := syscall.Kill(s.pid, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("stop embedded Postgres (process %d): %w", s.pid, err)
	}
	return nil
}

// Reset empties the application's database by dropping and recreating it. Its
// clients are disconnected.
func (s *Server) Reset(ctx context.Context) error {
	return s.manage(ctx, func(conn *pgx.Conn) error {
		if _, err := conn.Exec(ctx, "drop database if exists "+quoted(databaseName)+" with (force)"); err != nil {
			return err
		}
		_, err := conn.Exec(ctx, "create database "+quoted(databaseName))
		return err
	})
}

func (s *Server) urlOf(name string) string {
	address := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(role, s.secret.text),
		Host:     "127.0.0.1:" + strconv.Itoa(s.port),
		Path:     "/" + name,
		RawQuery: "sslmode=disable",
	}
	return address.String()
}

// quoted returns a name for use in SQL, even if it is a word of the language.
func quoted(name string) string { return pgx.Identifier{name}.Sanitize() }

// manage uses a connection to the database that every server has.
func (s *Server) manage(ctx context.Context, use func(*pgx.Conn) error) error {
	conn, err := pgx.Connect(ctx, s.urlOf("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return use(conn)
}

// verifyDataDir verifies that the server at this port serves our data directory.
func (s *Server) verifyDataDir(ctx context.Context) error {
	return s.manage(ctx, func(conn *pgx.Conn) error {
		var data string
		if err := conn.QueryRow(ctx, "show data_directory").Scan(&data); err != nil {
			return err
		}
		if data != s.data {
			return fmt.Errorf("the server at port %d serves %s, not %s", s.port, data, s.data)
		}
		return nil
	})
}

func (s *Server) ensureDatabase(ctx context.Context) error {
	return s.manage(ctx, func(conn *pgx.Conn) error {
		var exists bool
		err := conn.QueryRow(ctx, "select exists (select from pg_database where datname = $1)", databaseName).Scan(&exists)
		if err != nil || exists {
			return err
		}
		_, err = conn.Exec(ctx, "create database "+quoted(databaseName))
		return err
	})
}

// followLog copies what is added to the log from now on.
func (s *Server) followLog(to io.Writer) error {
	s.unused = func() {}
	if to == nil {
		return nil
	}
	file, err := os.Open(s.log)
	if err != nil {
		return ignoreMissing(err)
	}
	if _, err := file.Seek(0, io.SeekEnd); err != nil {
		file.Close()
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	finished := make(chan struct{})
	s.unused = func() { cancel(); <-finished }
	go func() {
		defer close(finished)
		defer file.Close()
		follow(ctx, file, to)
	}()
	return nil
}
