package notifications_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv" // <with:blog/>
	"strings" // <with:blog/>
	"sync"
	"testing"
	"time"

	"github.com/google/uuid" // <with:blog/>

	"example.com/pergola/core/auth"
	"example.com/pergola/core/database"
	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/core/events"
	"example.com/pergola/core/events/eventstest"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/jobs"
	"example.com/pergola/core/jobs/jobstest"
	"example.com/pergola/core/mail/mailtest"
	"example.com/pergola/core/observe"
	"example.com/pergola/core/realtime"
	"example.com/pergola/core/realtime/realtimetest"
	"example.com/pergola/features/accounts"
	"example.com/pergola/features/blog" // <with:blog/>
	"example.com/pergola/features/notifications"
	"example.com/pergola/migrations"
)

// The people of these tests.
var (
	ada    = auth.User{ID: "01900000-0000-7000-8000-00000000000a", Email: "ada@example.com", Name: "Ada", Roles: []string{auth.RoleReader, auth.RoleEditor}}
	grace  = auth.User{ID: "01900000-0000-7000-8000-00000000000b", Email: "grace@example.com", Name: "Grace", Roles: []string{auth.RoleReader}}
	alan   = auth.User{ID: "01900000-0000-7000-8000-00000000000c", Email: "alan@example.com", Name: "Alan", Roles: []string{auth.RoleReader, auth.RoleAdmin}}
	nobody = auth.User{}
)

// berlin is where it is morning in these tests.
const berlin feature.Zone = "Europe/Berlin"

// storage is one of the places where notifications may be kept.
type storage struct {
	inboxes       notifications.Inboxes
	announcements notifications.Announcements
	digests       notifications.Digests
	tx            database.Transactor
}

func inMemory(testing.TB) storage {
	mem := database.NewMemory()
	return storage{notifications.NewMemoryInboxes(mem), notifications.NewMemoryAnnouncements(mem), notifications.NewMemoryDigests(mem), mem}
}

func onPostgres(t testing.TB) storage {
	return onPostgresOf(databasetest.New(t, migrations.FS))
}

func onPostgresOf(db *database.DB) storage {
	return storage{notifications.NewPostgresInboxes(db), notifications.NewPostgresAnnouncements(db), notifications.NewPostgresDigests(db), db}
}

// onEachStorage runs a test on every implementation of storage.
func onEachStorage(t *testing.T, test func(*testing.T, storage)) {
	t.Helper()
	for name, open := range map[string]func(testing.TB) storage{"memory": inMemory, "postgres": onPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

// <with:blog>

// shelf is what is public of the blog: what was put there, and of what was not
// everything that was not withdrawn.
type shelf struct {
	mu        sync.Mutex
	withdrawn map[string]bool
	articles  []blog.Teaser // the latest first
}

func (s *shelf) put(article blog.ArticlePublished) {
	s.mu.Lock()
	defer s.mu.Unlock()
	teaser := blog.Teaser{
		ID: article.ArticleID, Slug: strings.TrimPrefix(article.URL, "/articles/"), Title: article.Title, Excerpt: article.Summary,
		AuthorID: article.AuthorID, AuthorName: article.AuthorName, PublishedAt: article.PublishedAt,
	}
	s.articles = append(s.articles, teaser)
	slices.SortStableFunc(s.articles, func(a, b blog.Teaser) int { return b.PublishedAt.Compare(a.PublishedAt) })
}

// list has two articles on a page.
func (s *shelf) list(_ context.Context, in blog.ListArticlesInput) (blog.ArticlePage, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, _ := strconv.Atoi(in.After)
	page := blog.ArticlePage{Articles: slices.Clone(s.articles[at:min(at+2, len(s.articles))])}
	if at+2 < len(s.articles) {
		page.Next = strconv.Itoa(at + 2)
	}
	return page, nil
}

func (s *shelf) withdraw(articleID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.withdrawn[articleID] = true
}

func (s *shelf) mayRead(_ context.Context, articleID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.withdrawn[articleID] {
		return fault.NotFound.New("This article is not public.")
	}
	return nil
}

// </with:blog>

// people are those who have an account: what the feature asks of accounts.
type people struct {
	mu  sync.Mutex
	ids []string // in rising order
}

func newPeople(users ...auth.User) *people {
	p := &people{}
	for _, user := range users {
		p.ids = append(p.ids, user.ID)
	}
	slices.Sort(p.ids)
	return p
}

func (p *people) list(_ context.Context, in accounts.ListUserIDsInput) ([]string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	from, found := slices.BinarySearch(p.ids, in.After)
	if found {
		from++
	}
	return slices.Clone(p.ids[from:min(from+in.Limit, len(p.ids))]), nil
}

func (p *people) gone(_ context.Context, ids []string) ([]string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return slices.Contains(p.ids, id) }), nil
}

// find knows those with an account. Who is not one of the tests' people is
// called Reader.
func (p *people) find(_ context.Context, ids []string) (map[string]auth.User, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	found := map[string]auth.User{}
	for _, id := range ids {
		if !slices.Contains(p.ids, id) {
			continue
		}
		found[id] = auth.User{ID: id, Name: "Reader", Email: id + "@example.com"}
		for _, known := range []auth.User{ada, grace, alan} {
			if known.ID == id {
				found[id] = known
			}
		}
	}
	return found, nil
}

// account is that of whoever asks. All but Ada have confirmed their address.
func (p *people) account(ctx context.Context) (accounts.User, error) {
	user := accounts.User{ID: auth.CurrentUser(ctx).ID}
	if user.ID != ada.ID {
		user.VerifiedAt = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return user, nil
}

func (p *people) leave(user auth.User) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ids = slices.DeleteFunc(p.ids, func(id string) bool { return id == user.ID })
}

// office is the feature's use cases over one storage, with recorders at the
// edges. Ada, Grace and Alan have an account.
type office struct {
	storage
	notifications.Deps
	people *people
	shelf  *shelf // <with:blog/>
	clock  *clock
	rt     *realtimetest.Recorder
	outbox *eventstest.Recorder
	queue  *jobstest.Recorder
	mails  *mailtest.Recorder
	worked int // how many jobs of the queue are done
}

func newOffice(s storage) *office { return newOfficeWith(s, nil, nil, nil) }

// newOfficeWith makes an office with edges of the test's own. Those that are
// nil are recorders.
func newOfficeWith(s storage, rt realtime.Broadcaster, outbox events.Outbox, queue jobs.Queue) *office {
	o := &office{
		storage: s,
		people:  newPeople(ada, grace, alan),
		shelf:   &shelf{withdrawn: map[string]bool{}}, // <with:blog/>
		clock:   &clock{at: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)},
		rt:      realtimetest.NewRecorder(),
		outbox:  eventstest.NewRecorder(),
		queue:   jobstest.NewRecorder(),
		mails:   mailtest.NewRecorder(),
	}
	if rt == nil {
		rt = o.rt
	}
	if outbox == nil {
		outbox = o.outbox
	}
	if queue == nil {
		queue = o.queue
	}
	o.Deps = o.newDeps(rt, outbox, queue, o.clock.now)
	return o
}

func (o *office) newDeps(rt realtime.Broadcaster, outbox events.Outbox, queue jobs.Queue, now feature.Clock) notifications.Deps {
	s, p := o.storage, o.people
	return notifications.Deps{
		NotifyReaders: notifications.NewNotifyReaders(p.list, queue),
		DeliverNotice: notifications.NewDeliverNotice(
			s.inboxes, s.tx, rt, p.list,
			o.shelf.mayRead, // <with:blog/>
		),
		ListNotifications: notifications.NewListNotifications(s.inboxes),
		ReadInbox:         notifications.NewReadInbox(s.inboxes),
		MarkRead:          notifications.NewMarkRead(s.inboxes, s.tx, rt, now),
		MarkAllRead:       notifications.NewMarkAllRead(s.inboxes, s.tx, rt, now),
		ReadPreferences:   notifications.NewReadPreferences(s.inboxes, s.digests),
		SetPreferences:    notifications.NewSetPreferences(s.inboxes, s.digests, s.tx),
		PlanDigests:       notifications.NewPlanDigests(s.digests, queue, o.mails, berlin, now),
		MailDigest: notifications.NewMailDigest(
			s.digests, s.inboxes, s.tx,
			o.shelf.list, // <with:blog/>
			p.find, o.mails, "https://pergola.test", berlin,
		),
		ReadAccount:       p.account,
		Sender:            o.mails,
		Zone:              berlin,
		FindDigest:        notifications.NewFindDigest(s.digests),
		StopDigest:        notifications.NewStopDigest(s.digests),
		SendAnnouncement:  notifications.NewSendAnnouncement(s.announcements, s.tx, rt, outbox, now),
		ListAnnouncements: notifications.NewListAnnouncements(s.announcements),
		ForgetGoneReaders: notifications.NewForgetGoneReaders(s.inboxes, s.digests, p.gone),
		TrimInboxes:       notifications.NewTrimInboxes(s.inboxes, s.tx, rt, now),
		Tx:                s.tx,
		Reporter:          observe.NewReporter(func(context.Context, observe.Failure) {}),
	}
}

// manifest is the feature as it is now.
func (o *office) manifest() feature.Manifest { return notifications.New(o.Deps).Manifest() }

// work does the jobs that wait, each once, and returns what failed.
func (o *office) work(t testing.TB) error {
	t.Helper()
	var errs []error
	for ; o.worked < len(o.queue.Entries()); o.worked++ {
		errs = append(errs, o.do(t, o.queue.Entries()[o.worked]))
	}
	return errors.Join(errs...)
}

// do makes one attempt at a job that was enqueued.
func (o *office) do(t testing.TB, entry jobs.Entry) error {
	t.Helper()
	for _, part := range feature.PartsOf[jobs.Handlers]([]feature.Manifest{o.manifest()}) {
		for _, handler := range part.Part {
			if handler.Job() == entry.Job {
				return handler.Work(t.Context(), entry, 1)
			}
		}
	}
	t.Fatalf("nobody does %s", entry.Job)
	return nil
}

// <with:blog>

// publish lets the feature hear that Ada published an article.
func (o *office) publish(t testing.TB, title string) blog.ArticlePublished {
	t.Helper()
	published := articleBy(ada, title)
	o.hear(t, published)
	return published
}

func (o *office) hear(t testing.TB, published blog.ArticlePublished) {
	t.Helper()
	err := eventstest.Deliver(t, o.manifest(), blog.ArticlePublishedEvent, published)
	if err := errors.Join(err, o.work(t)); err != nil {
		t.Fatalf("hear of %q: %v", published.Title, err)
	}
}

// </with:blog>

// announce sends an announcement as Alan and lets it arrive.
func (o *office) announce(t testing.TB, title, text string) notifications.Announcement {
	t.Helper()
	before := len(o.outbox.Messages())
	sent, err := o.SendAnnouncement(as(t, alan), notifications.SendAnnouncementInput{Title: title, Text: text})
	if err != nil {
		t.Fatalf("announce %q: %v", title, err)
	}
	for _, event := range eventstest.Published(o.outbox, notifications.AnnouncementSentEvent)[before:] {
		err := eventstest.Deliver(t, o.manifest(), notifications.AnnouncementSentEvent, event)
		if err := errors.Join(err, o.work(t)); err != nil {
			t.Fatalf("deliver %q: %v", title, err)
		}
	}
	return sent
}

// inboxOf is what a reader finds on the page.
func (o *office) inboxOf(t testing.TB, reader auth.User) ([]notifications.Notification, notifications.Inbox) {
	t.Helper()
	page, err := o.ListNotifications(as(t, reader), notifications.ListNotificationsInput{})
	if err != nil {
		t.Fatalf("list notifications of %s: %v", reader.Name, err)
	}
	inbox, err := o.ReadInbox(as(t, reader))
	if err != nil {
		t.Fatalf("read the inbox of %s: %v", reader.Name, err)
	}
	return page.Notifications, inbox
}

// changes are what the reader's open pages were told.
func (o *office) changes(reader auth.User) []notifications.InboxChange {
	return realtimetest.Broadcasts(o.rt, notifications.NotificationsChannel.For(reader.ID))
}

// <with:blog>

func articleBy(author auth.User, title string) blog.ArticlePublished {
	return blog.ArticlePublished{
		ArticleID: uuid.NewString(), Title: title, Summary: "About " + title, URL: "/articles/mulching",
		Version: 1, AuthorID: author.ID, AuthorName: author.Name, PublisherID: author.ID, PublisherName: author.Name,
		PublishedAt: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC),
	}
}

// </with:blog>

func titles(found []notifications.Notification) string {
	var all []string
	for _, n := range found {
		all = append(all, n.Title)
	}
	return fmt.Sprint(all)
}

// as is the context of a request of this user.
func as(t testing.TB, user auth.User) context.Context { return auth.WithUser(t.Context(), user) }

// clock goes on by a second with every look at it.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(time.Second)
	return c.at
}

func wantFault(t testing.TB, err error, kind fault.Kind) {
	t.Helper()
	if got := fault.KindOf(err); got != kind {
		t.Errorf("error is of kind %q, want %q: %v", got, kind, err)
	}
}

var errBroken = errors.New("broken")

// brokenBroadcaster fails after so many messages; never if it is less than 0.
type brokenBroadcaster struct {
	*realtimetest.Recorder
	after int
}

func (b *brokenBroadcaster) Broadcast(ctx context.Context, message realtime.Message) error {
	if b.after == 0 {
		return errBroken
	}
	b.after--
	return b.Recorder.Broadcast(ctx, message)
}
