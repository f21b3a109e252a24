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

// What follows is the code of the guide "Events and jobs": compiled here, and
// done by TestEventsGuide_works.

// ArticlePublishedEvent is published once, when a draft becomes public.
// Rows carry this name: never change it.
var ArticlePublishedEvent = events.Define[ArticlePublished]("blog.article.published")

type ArticlePublished struct {
	ID    string `json:"id" validate:"required"`
	Title string `json:"title" validate:"required"`
}

// blog stands for the package of that name.
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
// Rows carry this name: never change it.
var SendDigestJob = jobs.Define[SendDigest]("notifications.send_digest", jobs.MaxAttempts(5))

type (
	SendDigests  struct{}
	CountReaders struct{}
)

var (
	SendDigestsJob  = jobs.Define[SendDigests]("notifications.send_digests")
	CountReadersJob = jobs.Define[CountReaders]("notifications.count_readers")
)

// article and articles stand for a feature's storage.
type article struct{ id, title string }

type articles struct{}

func (articles) Save(context.Context, article) error { return nil }

func publishedFrom(a article) ArticlePublished { return ArticlePublished{ID: a.id, Title: a.title} }

// guided is the feature of the guide. What it does is written down.
type guided struct {
	mu   sync.Mutex
	done []string
}

func (f *guided) did(what string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.done = append(f.done, what)
	return nil
}

func (f *guided) onArticlePublished(_ context.Context, a ArticlePublished) error {
	return f.did("heard of " + a.Title)
}

func (f *guided) sendDigest(_ context.Context, d SendDigest) error {
	return f.did("sent a digest to " + d.ReaderID)
}

func (f *guided) sendDigests(context.Context, SendDigests) error { return f.did("sent the digests") }

func (f *guided) countReaders(context.Context, CountReaders) error { return f.did("counted") }

func hearings(db *database.DB, f *guided) (plain, once events.Handlers) {
	return events.Handlers{
			events.Handle(blog.ArticlePublishedEvent, "notifications.notify_readers", f.onArticlePublished),
		}, events.Handlers{
			events.Handle(blog.ArticlePublishedEvent, "notifications.notify_readers", events.Once(db, f.onArticlePublished)),
		}
}

func jobParts(db *database.DB, f *guided) []feature.Part {
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

func replayAll(ctx context.Context, queue *jobs.Worker) error {
	failed, err := queue.List(ctx, jobs.Query{State: jobs.Failed, Job: SendDigestJob.Name()})
	if err != nil {
		return err
	}
	for _, job := range failed {
		if err := queue.Replay(ctx, job.ID); err != nil {
			return err
		}
	}
	return nil
}

// newer is the next version of the program.
func newer() any {
	type ArticlePublished struct {
		ID      string `json:"id" validate:"required"`
		Title   string `json:"title,omitempty" validate:"required_without=Heading"`
		Heading string `json:"heading,omitempty"` // what Title was called: remove it when no delivery has it
	}
	return events.Define[ArticlePublished]("blog.article.published")
}

func TestEventsGuide_works(t *testing.T) {
	t.Parallel()
	var f guided
	tx := databasetest.New(t, migrations.FS)
	outbox, outboxErr := events.NewDispatcher(tx, eventstest.Options())
	queue, queueErr := jobs.NewWorker(tx, jobstest.Options())
	if err := errors.Join(outboxErr, queueErr); err != nil {
		t.Fatal(err)
	}
	plain, once := hearings(tx, &f)
	if len(plain) != len(once) || newer() == nil {
		t.Fatal("the guide shows one handler, in two ways")
	}
	manifests := []feature.Manifest{
		{Name: "blog", Parts: []feature.Part{events.Events{ArticlePublishedEvent}}},
		{Name: "chess", Parts: []feature.Part{events.Events{PieceMovedEvent}}},
		{Name: "notifications", Parts: append(jobParts(tx, &f), once)},
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := errors.Join(outbox.Register(manifests), queue.Register(manifests), outbox.Start(ctx), queue.Start(ctx)); err != nil {
		t.Fatal(err)
	}

	err := errors.Join(
		publish(ctx, tx, outbox, articles{}, article{"1", "On gardens"}),
		enqueue(ctx, queue, "ada", time.Now()),
		enqueue(ctx, queue, "grace", time.Now().AddDate(0, 0, 1)),
		outbox.Drain(ctx), queue.Drain(ctx),
		replayAll(ctx, queue),
		outbox.Stop(ctx), queue.Stop(ctx))

	want := []string{"heard of On gardens", "sent a digest to ada"}
	if slices.Sort(f.done); err != nil || !slices.Equal(f.done, want) {
		t.Errorf("the guide has done %q, error %v; want %q", f.done, err, want)
	}
}

const eventsGuide = "guides/events-and-jobs.md"

// Every block of Go in the guide stands, line by line, in code that is compiled.
func TestEventsGuide_showsCodeThatCompiles(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile(eventsGuide)
	if err != nil {
		t.Fatal(err)
	}
	code := compiledCode(t)
	blocks := goBlock.FindAllStringSubmatch(string(guide), -1)
	if len(blocks) < 8 {
		t.Fatalf("only %d blocks were found", len(blocks))
	}
	for _, block := range blocks {
		lines := trimmed(block[1])
		if !slices.ContainsFunc(code, func(file string) bool { return strings.Contains(file, lines) }) {
			t.Errorf("%s shows code that stands in no Go file:\n%s", eventsGuide, block[1])
		}
	}
}

// compiledCode is every Go file that may be shown.
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

// trimmed is a text without margins and marks and without the commas of lists,
// with a space between words, however they are lined up.
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

// The commands of Go in the guide are run. Those of the application are run by
// TestEventsGuide_startsProcesses of cmd/web.
func TestEventsGuide_namesCommandsThatRun(t *testing.T) {
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
		t.Error("no command was found")
	}
}
