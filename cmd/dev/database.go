package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.com/pergola/core/database/embedded"
)

// database is the application's database, and the server if we started one.
type database struct {
	url       string
	what      string // a description for the terminal
	server    *embedded.Server
	throwaway *throwaway
}

func openDatabase(ctx context.Context, s settings, t *terminal) (database, error) {
	d, err := openServer(ctx, s, t)
	if err != nil || !s.throwaway {
		return d, err
	}
	d.throwaway = newThrowaway(d.url, s)
	if d.url, err = d.throwaway.create(ctx); err != nil {
		d.stop(t)
		return database{}, err
	}
	d.what = "a throwaway one: your changes are lost when this ends"
	return d, nil
}

func openServer(ctx context.Context, s settings, t *terminal) (database, error) {
	if s.databaseURL != "" {
		return database{url: s.databaseURL, what: "from DATABASE_URL"}, nil
	}
	done := t.step("starting PostgreSQL")
	server, err := embedded.Start(ctx, embeddedOptions(s, t))
	if err != nil {
		done("")
		if s.throwaway {
			err = inOneLine(err)
		}
		return database{}, err
	}
	verb := "started"
	if server.Adopted() {
		verb = "was still running"
	}
	done(fmt.Sprintf("PostgreSQL %d %s", server.Major(), verb))
	return database{
		url:    server.URL(),
		what:   fmt.Sprintf("PostgreSQL %d, kept in .data/postgres (./task db:psql opens it)", server.Major()),
		server: server,
	}, nil
}

// inOneLine explains both remedies if there is no PostgreSQL.
func inOneLine(err error) error {
	if _, missing := errors.AsType[*embedded.NotFoundError](err); missing {
		return errors.New("no PostgreSQL was found and none could be downloaded: install PostgreSQL, or set DATABASE_URL to a server where you may create databases")
	}
	return err
}

func embeddedOptions(s settings, t *terminal) embedded.Options {
	return embedded.Options{
		Dir:      s.data("postgres"),
		Progress: func(text string) { t.printf("· %s", text) },
	}
}

// ended is closed when a server that we started has exited.
func (d database) ended() <-chan struct{} {
	if d.server == nil {
		return nil
	}
	return d.server.Done()
}

// stop drops a throwaway database and stops a server that we started.
func (d database) stop(t *terminal) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	var errs []error
	if d.throwaway != nil {
		errs = append(errs, d.throwaway.drop(ctx))
	}
	if d.server != nil {
		errs = append(errs, d.server.Stop(ctx))
	}
	if err := errors.Join(errs...); err != nil {
		t.printf("%v", err)
	}
}
