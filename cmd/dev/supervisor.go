package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"path"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"example.com/pergola/cmd/dev/internal/process"
	"example.com/pergola/cmd/dev/internal/proxy"
	"example.com/pergola/cmd/dev/internal/templates"
	"example.com/pergola/cmd/dev/internal/watch"
)

// supervisor holds everything that runs. Its fields belong to the goroutine of
// loop, unless noted otherwise.
type supervisor struct {
	settings settings
	terminal *terminal
	children *process.Family
	proxy    *proxy.Proxy

	templates *templates.Set
	database  database
	problems  problems

	rebuilder   *rebuilder
	assetEvents <-chan assetEvent
	assetsKnown *future[struct{}] // set after the first build: pages have their assets
	typesDue    <-chan time.Time
	typesFound  chan string
	introduced  bool
}

// supervise runs everything until ctx ends. It returns an error if it could not
// start.
func supervise(ctx context.Context, s settings, t *terminal) error {
	lock, err := lockCheckout(s)
	if err != nil {
		return err
	}
	defer lock.Close()
	listeners, err := listen(s)
	if err != nil {
		return err
	}
	if err := checkTools(); err != nil {
		return err
	}
	if err := clearWork(s); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}

	sv := &supervisor{
		settings:    s,
		terminal:    t,
		children:    process.NewFamily(self, "guard"),
		proxy:       proxy.New(),
		assetsKnown: newFuture[struct{}](),
		typesFound:  make(chan string),
	}
	server := &http.Server{Handler: sv.proxy, ReadHeaderTimeout: time.Minute}
	for _, listener := range listeners {
		go func() { _ = server.Serve(listener) }() // ends with Close below
	}
	defer server.Close()
	defer sv.children.Close()

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	return sv.run(ctx)
}

// clearWork removes what a killed supervisor left behind.
func clearWork(s settings) error {
	for _, name := range []string{"tmp", "text"} {
		dir := s.data("dev", name)
		if err := os.RemoveAll(dir); err != nil {
			return fmt.Errorf("clear the build folder: %w", err)
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("create the build folder: %w", err)
		}
	}
	return nil
}

// run prepares everything the application needs, concurrently, and then handles
// changes.
func (sv *supervisor) run(ctx context.Context) error {
	sv.proxy.Step("building the application, starting the database, building the assets …")
	watcher, err := watch.Dir(sv.settings.root)
	if err != nil {
		return err
	}
	defer watcher.Close()
	set, mistakes := templates.Load(sv.settings.root)
	if set == nil {
		return mistakes
	}
	sv.templates = set

	prepared := sv.prepare(ctx)
	sv.rebuilder = newRebuilder(ctx, sv, prepared.database)
	defer sv.close(prepared)
	sv.noteTemplateMistakes(mistakes)
	sv.rebuilder.request(time.Now())
	return sv.loop(ctx, watcher, prepared)
}

// close stops everything, the application first: it still needs the rest.
func (sv *supervisor) close(p *preparation) {
	sv.proxy.Fail()
	sv.rebuilder.close()
	sv.children.Close()
	p.wait().stop(sv.terminal)
}

// preparation is the work that is done while the application is built for the
// first time.
type preparation struct {
	database *future[database]
	assets   *future[<-chan assetEvent]
	failed   chan error
}

// wait returns the database once it is available, so that it can be stopped.
func (p *preparation) wait() database {
	d, _ := p.database.get(context.Background())
	return d
}

func (sv *supervisor) prepare(ctx context.Context) *preparation {
	p := &preparation{database: newFuture[database](), assets: newFuture[<-chan assetEvent](), failed: make(chan error, 2)}
	go func() {
		d, err := openDatabase(ctx, sv.settings, sv.terminal)
		p.database.set(d, err)
		if err != nil {
			p.failed <- err
		}
	}()
	go func() {
		var events <-chan assetEvent
		err := installPackages(ctx, sv.settings, sv.children, sv.terminal)
		if err == nil {
			events, err = watchAssets(ctx, sv.settings, sv.children)
		}
		p.assets.set(events, err)
		if err != nil {
			p.failed <- err
		}
	}()
	return p
}

func (sv *supervisor) loop(ctx context.Context, watcher *watch.Watcher, p *preparation) error {
	restart := make(chan os.Signal, 1)
	signal.Notify(restart, syscall.SIGUSR1)
	defer signal.Stop(restart)
	assetsReady, databaseReady := p.assets.ready(), p.database.ready()
	for {
		select {
		case <-ctx.Done():
			sv.terminal.printf("\nstopping …")
			return nil
		case err := <-p.failed:
			if ctx.Err() != nil {
				continue // it failed because it was stopped
			}
			return err
		case <-assetsReady:
			assetsReady = nil
			sv.assetEvents, _ = p.assets.get(ctx) // p.failed receives the error
		case <-databaseReady:
			databaseReady = nil
			sv.database, _ = p.database.get(ctx) // p.failed receives the error
		case changed := <-watcher.Changes():
			sv.follow(changed, time.Now())
		case err := <-watcher.Failed():
			sv.terminal.problem("changes are not noticed", err.Error())
		case event := <-sv.assetEvents:
			sv.followAssets(event)
		case result := <-sv.rebuilder.results:
			sv.followRebuild(ctx, result)
		case app := <-sv.rebuilder.ended:
			sv.followEnd(app)
		case <-sv.database.ended():
			if err := sv.reopenDatabase(ctx, p); err != nil {
				return err
			}
		case <-sv.typesDue:
			sv.typesDue = nil
			go sv.checkTypes(ctx)
		case mistakes := <-sv.typesFound:
			sv.note("types", "TypeScript", mistakes)
		case <-restart:
			sv.terminal.printf("· restarting the application")
			sv.rebuilder.request(time.Now())
		}
	}
}

// note records and shows a problem of a source; an empty text removes it.
func (sv *supervisor) note(source, title, text string) {
	had := sv.problems.any()
	if !sv.problems.set(source, title, text) {
		return
	}
	if text != "" {
		sv.terminal.problem(title, text)
	} else if had && !sv.problems.any() {
		sv.terminal.printf("✓ fixed")
	}
	sv.proxy.Report(sv.problems.forPages())
}

// follow does what the saved files require, and no more.
func (sv *supervisor) follow(changed []string, at time.Time) {
	code, text := false, false
	for _, name := range changed {
		switch path.Ext(name) {
		case ".ts":
			sv.checkTypesSoon()
		case ".templ":
			effect, err := sv.templates.Update(name)
			sv.note("templ "+name, "templ", message(err))
			code = code || effect == templates.Code || sv.problems.has("go build", "application")
			text = text || effect == templates.Text
		default:
			code = true
		}
	}
	switch {
	case code:
		sv.rebuilder.request(at)
	case text:
		sv.proxy.Reload()
		sv.terminal.printf("· %s: shown (%s)", strings.Join(changed, ", "), seconds(time.Since(at)))
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// noteTemplateMistakes records each under the name of its file, as follow does.
func (sv *supervisor) noteTemplateMistakes(err error) {
	if err == nil {
		return
	}
	for line := range strings.SplitSeq(err.Error(), "\n") {
		if file, _, ok := strings.Cut(line, ":"); ok && strings.HasSuffix(file, ".templ") {
			sv.note("templ "+file, "templ", line)
		}
	}
}

func (sv *supervisor) followAssets(event assetEvent) {
	if !sv.assetsKnown.isMade() {
		defer sv.assetsKnown.set(struct{}{}, nil)
		if len(event.built) > 0 {
			sv.terminal.printf("· assets built")
		}
	}
	switch {
	case event.ended != nil:
		sv.note("assets watcher", "assets", event.ended.Error())
	case event.mistakes != "":
		sv.note("assets "+string(event.kind), string(event.kind), event.mistakes)
	default:
		for _, kind := range event.kinds() {
			sv.note("assets "+string(kind), "", "")
		}
		if event.onlyStyles() {
			sv.proxy.Restyle(event.addresses(sv.settings))
		} else {
			sv.proxy.Reload()
		}
		if sv.introduced {
			sv.terminal.printf("· %s: shown", strings.Join(event.built, ", "))
		}
		if slices.Contains(event.kinds(), scripts) {
			sv.checkTypesSoon()
		}
	}
}

func (sv *supervisor) followRebuild(ctx context.Context, result rebuild) {
	if isCanceled(result.err) {
		return
	}
	var ended *endedError
	switch {
	case errors.As(result.err, &ended):
		sv.note("go build", "", "")
		sv.note("application", ended.Error(), ended.output+"\n")
	case result.err != nil:
		sv.note("go build", "", "")
		sv.note("application", "the application did not start", result.err.Error())
	case result.mistakes != "":
		sv.note("go build", "go build", result.mistakes)
	default:
		sv.proxy.Reload()
		sv.note("go build", "", "")
		sv.note("application", "", "")
		sv.terminal.printf("· application built in %s, running", seconds(result.took))
		sv.introduce()
		go syncChannelTypes(ctx, sv.settings, sv.children)
	}
}

// introduce prints the address and the sample users, once.
func (sv *supervisor) introduce() {
	if sv.introduced {
		return
	}
	sv.introduced = true
	sv.checkTypesSoon()
	sv.terminal.printf("\n  open      %s", sv.settings.url())
	sv.terminal.printf("  database  %s", sv.database.what)
	sv.terminal.printf("  sign in   ada@example.com (editor), grace@example.com (reader), alan@example.com (admin); password pergola-dev\n")
}

func (sv *supervisor) followEnd(app *application) {
	var ended *endedError
	if errors.As(app.end(), &ended) {
		sv.proxy.Fail()
		sv.note("application", ended.Error(), ended.output+"\n")
	}
}

// reopenDatabase restarts our server after it was stopped by someone else.
func (sv *supervisor) reopenDatabase(ctx context.Context, p *preparation) error {
	if ctx.Err() != nil {
		return nil
	}
	sv.terminal.printf("PostgreSQL has exited; its log is %s", sv.database.server.LogFile())
	before := sv.database.url
	d, err := openDatabase(ctx, sv.settings, sv.terminal)
	if err != nil {
		return err
	}
	sv.database = d
	p.database.replace(d)
	if d.url != before {
		sv.rebuilder.request(time.Now())
	}
	return nil
}

// future is a value that becomes available later.
type future[T any] struct {
	made  chan struct{}
	mu    sync.Mutex
	value T
	err   error
}

func newFuture[T any]() *future[T] { return &future[T]{made: make(chan struct{})} }

func (f *future[T]) set(value T, err error) {
	f.value, f.err = value, err
	close(f.made)
}

// replace replaces a value that was set.
func (f *future[T]) replace(value T) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.value = value
}

func (f *future[T]) ready() <-chan struct{} { return f.made }

func (f *future[T]) isMade() bool {
	select {
	case <-f.made:
		return true
	default:
		return false
	}
}

func (f *future[T]) get(ctx context.Context) (T, error) {
	select {
	case <-f.made:
		f.mu.Lock()
		defer f.mu.Unlock()
		return f.value, f.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}
