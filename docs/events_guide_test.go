package docs_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/pergola/core/database"
	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/core/events"
	"example.com/pergola/core/events/eventstest"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/jobs"
	"example.com/pergola/core/jobs/jobstest"
	"example.com/pergola/migrations"
)

// The code of the guide "Events and jobs" follows. It is compiled here, and
// TestEventsGuide_works runs it.

// ArticlePublishedEvent is published once, when a draft becomes public.
// The name is stored: never change it.
var ArticlePublishedEvent = events.Define[ArticlePublished]("blog.article.published")

type ArticlePublished struct {
	ID    string `json:"id" validate:"required"`
	Title string `json:"title" validate:"required"`
}

// blog stands in for the package of that name.
var blog = struct {
	ArticlePublishedEvent events.Event[ArticlePublished]
}{ArticlePublishedEvent}

type PieceMoved struct {
	GameID string `json:"gameId" validate:"required"`
	To     int    `json:"to"`
}

var PieceMovedEvent = events.Define("chess.piece.moved", events.OrderBy(func(m PieceMoved) string { return m.GameID }))

type SendDigest struct {
	ReaderID string `json:"readerId" validate:"required"`
}

// SendDigestJob sends one reader the articles of the week.
// The name is stored: never change it.
var SendDigestJob = jobs.Define[SendDigest]("notifications.send_digest", jobs.MaxAttempts(5))

type (
	SendDigests  struct{}
	CountReaders struct{}
)

var (
	SendDigestsJob  = jobs.Define[SendDigests]("notifications.send_digests")
	CountReadersJob = jobs.Define[CountReaders]("notifications.count_readers")
)

// article and articles stand in for a feature's entity and store.
type article struct{ id, title string }

type articles struct{}

func (articles) Save(context.Context, article) error { return nil }

func publishedFrom(a article) ArticlePublished { return ArticlePublished{ID: a.id, Title: a.title} }

// exampleFeature is the feature of the guide. It records what it has done.
type exampleFeature struct {
	mu   sync.Mutex
	done []string
}

func (f *exampleFeature) record(what string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.done = append(f.done, what)
	return nil
}

func (f *exampleFeature) onArticlePublished(_ context.Context, a ArticlePublished) error {
	return f.record("handled " + a.Title)
}

func (f *exampleFeature) sendDigest(_ context.Context, d SendDigest) error {
	return f.record("sent a digest to " + d.ReaderID)
}

func (f *exampleFeature) sendDigests(context.Context, SendDigests) error {
	return f.record("sent the digests")
}

func (f *exampleFeature) countReaders(context.Context, CountReaders) error {
	return f.record("counted the readers")
}

func eventHandlers(db *database.DB, f *exampleFeature) (plain, once events.Handlers) {
	return events.Handlers{
			events.Handle(blog.ArticlePublishedEvent, "notifications.notify_readers", f.onArticlePublished),
		}, events.Handlers{
			events.Handle(blog.ArticlePublishedEvent, "notifications.notify_readers", events.Once(db, f.onArticlePublished)),
		}
}

func jobParts(db *database.DB, f *exampleFeature) []feature.Part {
	return []feature.Part{
		jobs.Jobs{SendDigestJob, SendDigestsJob, CountReadersJob},
		jobs.Handlers{
			jobs.Handle(SendDigestJob, jobs.Once(db, f.sendDigest)),
			jobs.Handle(SendDigestsJob, f.sendDigests),
			jobs.Handle(CountReadersJob, f.countReaders),
		},
		jobs.Schedules{
			jobs.Schedule(SendDigestsJob, jobs.Cron("0 7 * * *", "Europe/Berlin"), SendDigests{}),
			jobs.Schedule(CountReadersJob, jobs.Every(15*time.Minute), CountReaders{}),
		},
	}
}

func publish(ctx context.Context, db *database.DB, outbox events.Outbox, articles articles, article article) error {
	err := db.InTx(ctx, func(ctx context.Context) error {
		if err := articles.Save(ctx, article); err != nil {
			return err
		}
		return ArticlePublishedEvent.Publish(ctx, outbox, publishedFrom(article))
	})
	return err
}

func enqueue(ctx context.Context, queue jobs.Queue, id string, tomorrow time.Time) error {
	err := SendDigestJob.Enqueue(ctx, queue, SendDigest{ReaderID: id}, jobs.At(tomorrow), jobs.UniqueBy(id))
	return err
}

func replayAll(ctx context.Context, worker *jobs.Worker) error {
	failed, err := worker.List(ctx, jobs.Query{State: jobs.Failed, Job: SendDigestJob.Name()})
	if err != nil {
		return err
	}
	for _, job := range failed {
		if err := worker.Replay(ctx, job.ID); err != nil {
			return err
		}
	}
	return nil
}

// nextVersion defines the event as the next version of the program does.
func nextVersion() any {
	type ArticlePublished struct {
		ID      string `json:"id" validate:"required"`
		Title   string `json:"title,omitempty" validate:"required_without=Heading"`
		Heading string `json:"heading,omitempty"` // the old name of Title: remove it when no delivery has it
	}
	return events.Define[ArticlePublished]("blog.article.published")
}

func TestEventsGuide_works(t *testing.T) {
	t.Parallel()
	var f exampleFeature
	db := databasetest.New(t, migrations.FS)
	dispatcher, dispatcherErr := events.NewDispatcher(db, eventstest.Options())
	worker, workerErr := jobs.NewWorker(db, jobstest.Options())
	if err := errors.Join(dispatcherErr, workerErr); err != nil {
		t.Fatal(err)
	}
	plain, once := eventHandlers(db, &f)
	if len(plain) != len(once) || nextVersion() == nil {
		t.Fatal("the guide shows one handler in two ways, and two versions of its event")
	}
	manifests := []feature.Manifest{
		{Name: "blog", Parts: []feature.Part{events.Events{ArticlePublishedEvent}}},
		{Name: "chess", Parts: []feature.Part{events.Events{PieceMovedEvent}}},
		{Name: "notifications", Parts: append(jobParts(db, &f), once)},
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := errors.Join(dispatcher.Register(manifests), worker.Register(manifests), dispatcher.Start(ctx), worker.Start(ctx)); err != nil {
		t.Fatal(err)
	}

	err := errors.Join(
		publish(ctx, db, dispatcher, articles{}, article{"1", "On gardens"}),
		enqueue(ctx, worker, "ada", time.Now()),
		enqueue(ctx, worker, "grace", time.Now().AddDate(0, 0, 1)),
		dispatcher.Drain(ctx), worker.Drain(ctx),
		replayAll(ctx, worker),
		dispatcher.Stop(ctx), worker.Stop(ctx))

	want := []string{"handled On gardens", "sent a digest to ada"}
	if slices.Sort(f.done); err != nil || !slices.Equal(f.done, want) {
		t.Errorf("the guide's feature recorded %q, error %v; want %q", f.done, err, want)
	}
}

const eventsGuide = "guides/events-and-jobs.md"

// Every Go block of the guide occurs, line by line, in code that is compiled.
func TestEventsGuide_showsCodeThatCompiles(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile(eventsGuide)
	if err != nil {
		t.Fatal(err)
	}
	code := compiledCode(t)
	blocks := goBlock.FindAllStringSubmatch(string(guide), -1)
	if len(blocks) < 8 {
		t.Fatalf("found only %d Go blocks, want at least 8", len(blocks))
	}
	for _, block := range blocks {
		lines := trimmed(block[1])
		if !slices.ContainsFunc(code, func(file string) bool { return strings.Contains(file, lines) }) {
			t.Errorf("%s shows code that no Go file contains:\n%s", eventsGuide, block[1])
		}
	}
}

// compiledCode returns the trimmed text of every Go file that the guide may quote.
func compiledCode(t *testing.T) (files []string) {
	t.Helper()
	for _, dir := range []string{".", "../core", "../features", "../cmd/web"} {
		err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || filepath.Ext(path) != ".go" {
				return err
			}
			text, err := os.ReadFile(path)
			files = append(files, trimmed(string(text)))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// trimmed returns a text without indentation, alignment, directives and trailing
// commas, so that a block compares equal wherever it occurs.
func trimmed(text string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, " // <with")
		if words := strings.Fields(line); len(words) > 0 {
			out.WriteString(strings.TrimSuffix(strings.Join(words, " "), ",") + "\n")
		}
	}
	return "\n" + out.String()
}

var shellBlock = regexp.MustCompile("(?ms)^```sh\n(.*?)^```")

// The guide's go commands run. TestEventsGuide_startsProcesses of cmd/web runs
// those of the application.
func TestEventsGuide_showsCommandsThatRun(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile(eventsGuide)
	if err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, block := range shellBlock.FindAllStringSubmatch(string(guide), -1) {
		for line := range strings.Lines(block[1]) {
			words := strings.Fields(line)
			if words[0] != "go" {
				continue
			}
			ran++
			command := exec.CommandContext(t.Context(), "go", words[1:]...)
			command.Dir = root
			if out, err := command.CombinedOutput(); err != nil || len(out) == 0 {
				t.Errorf("%s: %v\n%s", strings.TrimSpace(line), err, out)
			}
		}
	}
	if ran == 0 {
		t.Error("found no go command")
	}
}
