package main

import (
	"context"
	"fmt"
	"time"

	"example.com/pergola/core/database/embedded"
)

// database is where the application keeps its state, and the server that is
// ours to stop.
type database struct {
	url    string // "" in memory
	what   string // for people
	server *embedded.Server
}

func openDatabase(ctx context.Context, s settings, t *terminal) (database, error) {
	switch {
	case s.memory:
		return database{what: "in memory: what you change is gone at the end"}, nil
	case s.databaseURL != "":
		return database{url: s.databaseURL, what: "the one of DATABASE_URL"}, nil
	}
	done := t.step("starting PostgreSQL")
	server, err := embedded.Start(ctx, embeddedOptions(s, t))
	if err != nil {
		done("")
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

func embeddedOptions(s settings, t *terminal) embedded.Options {
	return embedded.Options{
		Dir:      s.data("postgres"),
		Progress: func(text string) { t.say("· %s", text) },
	}
}

// ended is closed when a server of ours has ended.
func (d database) ended() <-chan struct{} {
	if d.server == nil {
		return nil
	}
	return d.server.Done()
}

func (d database) stop(t *terminal) {
	if d.server == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := d.server.Stop(ctx); err != nil {
		t.say("%v", err)
	}
}
