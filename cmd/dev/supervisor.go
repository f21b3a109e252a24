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

	"example.com/pergola/cmd/dev/internal/front"
	"example.com/pergola/cmd/dev/internal/process"
	"example.com/pergola/cmd/dev/internal/templates"
	"example.com/pergola/cmd/dev/internal/watch"
)

// supervisor holds what runs. Its fields belong to the goroutine of loop,
// except where another one is named.
type supervisor struct {
	settings settings
	terminal *terminal
	children *process.Family
	front    *front.Front

	templates *templates.Set
	database  database
	problems  problems

	renewals    *renewals
	assetNews   <-chan assetNews
	assetsKnown *future[struct{}] // made with the first news: pages can be whole
	typesDue    <-chan time.Time
	typesFound  chan string
	introduced  bool
}

// supervise runs everything until ctx ends. The error says why it could not
// begin.
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
		front:       front.New(),
		assetsKnown: newFuture[struct{}](),
		typesFound:  make(chan string),
	}
	server := &http.Server{Handler: sv.front, ReadHeaderTimeout: time.Minute}
	for _, listener := range listeners {
		go func() { _ = server.Serve(listener) }() // ends with Close below
	}
	defer server.Close()
	defer sv.children.Close()

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	return sv.run(ctx)
}

// clearWork removes what a supervisor that was killed left behind.
func clearWork(s settings) error {
	for _, name := range []string{"tmp", "text"} {
		dir := s.data("dev", name)
		if err := os.RemoveAll(dir); err != nil {
			return fmt.Errorf("clear the folder of builds: %w", err)
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("make the folder of builds: %w", err)
		}
	}
	return nil
}

// run prepares what the application needs, all at once, and then follows the
// changes.
func (sv *supervisor) run(ctx context.Context) error {
	sv.front.Step("building the application, starting the database, building the assets …")
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
	sv.renewals = newRenewals(ctx, sv, prepared.database)
	defer sv.close(prepared)
	sv.noteTemplateMistakes(mistakes)
	sv.renewals.request(time.Now())
	return sv.loop(ctx, watcher, prepared)
}

// close stops what runs, the application first: it still needs the rest.
func (sv *supervisor) close(p *preparation) {
	sv.front.Fail()
	sv.renewals.close()
	sv.children.Close()
	p.wait().stop(sv.terminal)
}

// preparation is what is done while the application is built for the first
// time.
type preparation struct {
	database *future[database]
	assets   *future[<-chan assetNews]
	failed   chan error
}

// wait returns the database, once it is there, so that it can be stopped.
func (p *preparation) wait() database {
	d, _ := p.database.get(context.Background())
	return d
}

func (sv *supervisor) prepare(ctx context.Context) *preparation {
	p := &preparation{database: newFuture[database](), assets: newFuture[<-chan assetNews](), failed: make(chan error, 2)}
	go func() {
		d, err := openDatabase(ctx, sv.settings, sv.terminal)
		p.database.set(d, err)
		if err != nil {
			p.failed <- err
		}
	}()
	go func() {
		var news <-chan assetNews
		err := installPackages(ctx, sv.settings, sv.children, sv.terminal)
		if err == nil {
			news, err = watchAssets(ctx, sv.settings, sv.children)
		}
		p.assets.set(news, err)
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
			sv.terminal.say("\nstopping …")
			return nil
		case err := <-p.failed:
			if ctx.Err() != nil {
				continue // the failure is that it was told to end
			}
			return err
		case <-assetsReady:
			assetsReady = nil
			sv.assetNews, _ = p.assets.get(ctx) // a failure comes through p.failed
		case <-databaseReady:
			databaseReady = nil
			sv.database, _ = p.database.get(ctx) // a failure comes through p.failed
		case changed := <-watcher.Changes():
			sv.follow(changed, time.Now())
		case news := <-sv.assetNews:
			sv.followAssets(news)
		case result := <-sv.renewals.results:
			sv.followRenewal(ctx, result)
		case app := <-sv.renewals.ended:
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
			sv.terminal.say("· restarting the application")
			sv.renewals.request(time.Now())
		}
	}
}

// note keeps a problem, or that there is none any more, and shows it.
func (sv *supervisor) note(source, title, text string) {
	had := sv.problems.any()
	if !sv.problems.set(source, title, text) {
		return
	}
	if text != "" {
		sv.terminal.trouble(title, text)
	} else if had && !sv.problems.any() {
		sv.terminal.say("✓ mended")
	}
	sv.front.Report(sv.problems.forPages())
}

// follow does what the saved files call for, and no more.
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
		sv.renewals.request(at)
	case text:
		sv.front.Reload()
		sv.terminal.say("· %s: shown (%s)", strings.Join(changed, ", "), seconds(time.Since(at)))
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// noteTemplateMistakes keeps each under the name of its file, as follow does.
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

func (sv *supervisor) followAssets(news assetNews) {
	if !sv.assetsKnown.isMade() {
		defer sv.assetsKnown.set(struct{}{}, nil)
		if len(news.made) > 0 {
			sv.terminal.say("· assets built")
		}
	}
	switch {
	case news.ended != nil:
		sv.note("assets watcher", "assets", news.ended.Error())
	case news.mistakes != "":
		sv.note("assets "+string(news.kind), string(news.kind), news.mistakes)
	default:
		for _, kind := range news.kinds() {
			sv.note("assets "+string(kind), "", "")
		}
		if news.onlyStyles() {
			sv.front.Restyle(news.addresses(sv.settings))
		} else {
			sv.front.Reload()
		}
		if sv.introduced {
			sv.terminal.say("· %s: shown", strings.Join(news.made, ", "))
		}
		if slices.Contains(news.kinds(), scripts) {
			sv.checkTypesSoon()
		}
	}
}

func (sv *supervisor) followRenewal(ctx context.Context, result renewal) {
	if isCancelled(result.err) {
		return
	}
	var ended *endedError
	switch {
	case errors.As(result.err, &ended):
		sv.note("go build", "", "")
		sv.note("application", ended.Error(), ended.said+"\n")
	case result.err != nil:
		sv.note("go build", "", "")
		sv.note("application", "the application did not start", result.err.Error())
	case result.mistakes != "":
		sv.note("go build", "go build", result.mistakes)
	default:
		sv.front.Reload()
		sv.note("go build", "", "")
		sv.note("application", "", "")
		sv.terminal.say("· application built in %s, running", seconds(result.took))
		sv.introduce()
		go syncChannelTypes(ctx, sv.settings, sv.children)
	}
}

// introduce says where it is, once.
func (sv *supervisor) introduce() {
	if sv.introduced {
		return
	}
	sv.introduced = true
	sv.checkTypesSoon()
	sv.terminal.say("\n  open      %s", sv.settings.url())
	sv.terminal.say("  database  %s", sv.database.what)
	sv.terminal.say("  sign in   ada@example.com (editor), grace@example.com (reader), alan@example.com (admin); password pergola-dev\n")
}

func (sv *supervisor) followEnd(app *application) {
	var ended *endedError
	if errors.As(app.end(), &ended) {
		sv.front.Fail()
		sv.note("application", ended.Error(), ended.said+"\n")
	}
}

// reopenDatabase starts our server again after somebody ended it.
func (sv *supervisor) reopenDatabase(ctx context.Context, p *preparation) error {
	if ctx.Err() != nil {
		return nil
	}
	sv.terminal.say("PostgreSQL has ended; its log is %s", sv.database.server.LogFile())
	before := sv.database.url
	d, err := openDatabase(ctx, sv.settings, sv.terminal)
	if err != nil {
		return err
	}
	sv.database = d
	p.database.replace(d)
	if d.url != before {
		sv.renewals.request(time.Now())
	}
	return nil
}

// future is a value that is being made.
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

// replace is for a value that was set.
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
