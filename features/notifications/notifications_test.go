package notifications_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/auth/authtest"
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
	"example.com/pergola/features/blog"
	"example.com/pergola/features/notifications"
	"example.com/pergola/migrations"
)

var ada, grace, alan, visitor = authtest.Ada, authtest.Grace, authtest.Alan, authtest.Visitor

// berlin is the time zone of these tests.
const berlin feature.Zone = "Europe/Berlin"

// stores are the feature's stores on a database of the test's own.
type stores struct {
	db            *database.DB
	inboxes       *notifications.Inboxes
	announcements *notifications.Announcements
	digests       *notifications.Digests
}

func newStores(t testing.TB) stores { return storesOn(databasetest.New(t, migrations.FS)) }

func storesOn(db *database.DB) stores {
	return stores{db, notifications.NewInboxes(db), notifications.NewAnnouncements(db), notifications.NewDigests(db)}
}

// fakeBlog answers what the feature asks of the blog. Every article may be read
// that is not unpublished.
type fakeBlog struct {
	mu          sync.Mutex
	unpublished map[string]bool
	articles    []blog.Teaser // newest first
}

func (b *fakeBlog) add(article blog.ArticlePublished) {
	b.mu.Lock()
	defer b.mu.Unlock()
	teaser := blog.Teaser{
		ID: article.ArticleID, Slug: strings.TrimPrefix(article.URL, "/articles/"), Title: article.Title, Excerpt: article.Summary,
		AuthorID: article.AuthorID, AuthorName: article.AuthorName, PublishedAt: article.PublishedAt,
	}
	b.articles = append(b.articles, teaser)
	slices.SortStableFunc(b.articles, func(a, b blog.Teaser) int { return b.PublishedAt.Compare(a.PublishedAt) })
}

// list has two articles on a page.
func (b *fakeBlog) list(_ context.Context, in blog.ListArticlesInput) (blog.ArticlePage, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	at, _ := strconv.Atoi(in.After)
	page := blog.ArticlePage{Articles: slices.Clone(b.articles[at:min(at+2, len(b.articles))])}
	if at+2 < len(b.articles) {
		page.Next = strconv.Itoa(at + 2)
	}
	return page, nil
}

func (b *fakeBlog) unpublish(articleID string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.unpublished[articleID] = true
}

func (b *fakeBlog) mayRead(_ context.Context, articleID string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.unpublished[articleID] {
		return fault.NotFound.New("This article isn't published.")
	}
	return nil
}

// fakeAccounts answers what the feature asks of accounts.
type fakeAccounts struct {
	mu  sync.Mutex
	ids []string // sorted
}

func newFakeAccounts(users ...auth.User) *fakeAccounts {
	a := &fakeAccounts{}
	for _, user := range users {
		a.ids = append(a.ids, user.ID)
	}
	slices.Sort(a.ids)
	return a
}

func (a *fakeAccounts) list(_ context.Context, in accounts.ListUserIDsInput) ([]string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	from, found := slices.BinarySearch(a.ids, in.After)
	if found {
		from++
	}
	return slices.Clone(a.ids[from:min(from+in.Limit, len(a.ids))]), nil
}

func (a *fakeAccounts) gone(_ context.Context, ids []string) ([]string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return slices.Contains(a.ids, id) }), nil
}

// find names the users without a name of their own "Reader".
func (a *fakeAccounts) find(_ context.Context, ids []string) (map[string]auth.User, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	found := map[string]auth.User{}
	for _, id := range ids {
		if !slices.Contains(a.ids, id) {
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

// account is the current user's. All but Ada have confirmed their address.
func (a *fakeAccounts) account(ctx context.Context) (accounts.User, error) {
	user := accounts.User{ID: auth.CurrentUser(ctx).ID}
	if user.ID != ada.ID {
		user.VerifiedAt = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return user, nil
}

func (a *fakeAccounts) remove(user auth.User) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ids = slices.DeleteFunc(a.ids, func(id string) bool { return id == user.ID })
}

// fixture is the feature on a database, with recorders around it. Ada, Grace and
// Alan have an account.
type fixture struct {
	stores
	*notifications.Feature
	accounts  *fakeAccounts
	blog      *fakeBlog
	clock     *clock
	rt        *realtimetest.Recorder
	outbox    *eventstest.Recorder
	queue     *jobstest.Recorder
	mails     *mailtest.Recorder
	worked    int // the number of recorded jobs that were run
	delivered int // the number of recorded announcements that were delivered
}

func newFixture(s stores) *fixture { return newFixtureWith(s, nil, nil, nil) }

// newFixtureWith replaces recorders with the arguments that are not nil.
func newFixtureWith(s stores, rt realtime.Broadcaster, outbox events.Outbox, queue jobs.Queue) *fixture {
	f := &fixture{
		stores:   s,
		accounts: newFakeAccounts(ada, grace, alan),
		blog:     &fakeBlog{unpublished: map[string]bool{}},
		clock:    &clock{at: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)},
		rt:       realtimetest.NewRecorder(),
		outbox:   eventstest.NewRecorder(),
		queue:    jobstest.NewRecorder(),
		mails:    mailtest.NewRecorder(),
	}
	if rt == nil {
		rt = f.rt
	}
	if outbox == nil {
		outbox = f.outbox
	}
	if queue == nil {
		queue = f.queue
	}
	f.Feature = f.newFeature(rt, outbox, queue, f.clock.now)
	return f
}

func (f *fixture) newFeature(rt realtime.Broadcaster, outbox events.Outbox, queue jobs.Queue, now feature.Clock) *notifications.Feature {
	s, users := f.stores, f.accounts
	return &notifications.Feature{
		NotifyReaders:          notifications.NewNotifyReaders(users.list, queue),
		DeliverNotice:          notifications.NewDeliverNotice(s.db, s.inboxes, rt, users.list, f.blog.mayRead),
		ListNotifications:      notifications.NewListNotifications(s.inboxes),
		ReadInbox:              notifications.NewReadInbox(s.inboxes),
		MarkRead:               notifications.NewMarkRead(s.db, s.inboxes, rt, now),
		MarkAllRead:            notifications.NewMarkAllRead(s.db, s.inboxes, rt, now),
		ReadPreferences:        notifications.NewReadPreferences(s.inboxes, s.digests),
		SetPreferences:         notifications.NewSetPreferences(s.db, s.inboxes, s.digests),
		SetNewArticles:         notifications.NewSetNewArticles(s.inboxes),
		PlanDigests:            notifications.NewPlanDigests(s.digests, queue, f.mails, berlin, now),
		MailDigest:             notifications.NewMailDigest(s.db, s.digests, s.inboxes, f.blog.list, users.find, f.mails, "https://pergola.test", berlin),
		FindDigestSubscription: notifications.NewFindDigestSubscription(s.digests),
		UnsubscribeDigest:      notifications.NewUnsubscribeDigest(s.digests),
		SendAnnouncement:       notifications.NewSendAnnouncement(s.db, s.announcements, rt, outbox, now),
		ListAnnouncements:      notifications.NewListAnnouncements(s.announcements),
		TrimInboxes:            notifications.NewTrimInboxes(s.db, s.inboxes, rt, now),
		RemoveDeletedReaders:   notifications.NewRemoveDeletedReaders(s.inboxes, s.digests, users.gone),
		ReadAccount:            users.account,
		Sender:                 f.mails,
		Zone:                   berlin,
		DB:                     s.db,
		Reporter:               observe.NewReporter(func(context.Context, observe.Failure) {}),
	}
}

// work runs the recorded jobs, each once, and returns their errors.
func (f *fixture) work(t testing.TB) error {
	t.Helper()
	var errs []error
	for ; f.worked < len(f.queue.Entries()); f.worked++ {
		errs = append(errs, f.run(t, f.queue.Entries()[f.worked]))
	}
	return errors.Join(errs...)
}

// run makes one attempt at a recorded job.
func (f *fixture) run(t testing.TB, entry jobs.Entry) error {
	t.Helper()
	for _, part := range feature.PartsOf[jobs.Handlers]([]feature.Manifest{f.Manifest()}) {
		for _, handler := range part.Part {
			if handler.Job() == entry.Job {
				return handler.Work(t.Context(), entry, 1)
			}
		}
	}
	t.Fatalf("no handler for %s", entry.Job)
	return nil
}

// publish delivers the event that Ada published an article.
func (f *fixture) publish(t testing.TB, title string) blog.ArticlePublished {
	t.Helper()
	published := articleBy(ada, title)
	f.deliver(t, published)
	return published
}

func (f *fixture) deliver(t testing.TB, published blog.ArticlePublished) {
	t.Helper()
	err := eventstest.Deliver(t, f.Manifest(), blog.ArticlePublishedEvent, published)
	if err := errors.Join(err, f.work(t)); err != nil {
		t.Fatalf("deliver %q: %v", published.Title, err)
	}
}

// announce sends an announcement as Alan and delivers it.
func (f *fixture) announce(t testing.TB, title, text string) notifications.Announcement {
	t.Helper()
	sent, err := f.SendAnnouncement(authtest.As(t, alan), notifications.SendAnnouncementInput{Title: title, Text: text})
	if err != nil {
		t.Fatalf("announce %q: %v", title, err)
	}
	f.deliverAnnouncements(t)
	return sent
}

// deliverAnnouncements delivers the recorded announcements, each once.
func (f *fixture) deliverAnnouncements(t testing.TB) {
	t.Helper()
	recorded := eventstest.Published(f.outbox, notifications.AnnouncementSentEvent)
	for ; f.delivered < len(recorded); f.delivered++ {
		err := eventstest.Deliver(t, f.Manifest(), notifications.AnnouncementSentEvent, recorded[f.delivered])
		if err := errors.Join(err, f.work(t)); err != nil {
			t.Fatalf("deliver %q: %v", recorded[f.delivered].Title, err)
		}
	}
}

// inboxOf returns a reader's notifications and the state of their inbox.
func (f *fixture) inboxOf(t testing.TB, reader auth.User) ([]notifications.Notification, notifications.Inbox) {
	t.Helper()
	page, err := f.ListNotifications(authtest.As(t, reader), notifications.ListNotificationsInput{})
	if err != nil {
		t.Fatalf("list notifications of %s: %v", reader.Name, err)
	}
	inbox, err := f.ReadInbox(authtest.As(t, reader))
	if err != nil {
		t.Fatalf("read the inbox of %s: %v", reader.Name, err)
	}
	return page.Notifications, inbox
}

// changes returns the broadcasts to a reader's open pages.
func (f *fixture) changes(reader auth.User) []notifications.InboxChange {
	return realtimetest.Broadcasts(f.rt, notifications.NotificationsChannel.For(reader.ID))
}

func articleBy(author auth.User, title string) blog.ArticlePublished {
	return blog.ArticlePublished{
		ArticleID: uuid.NewString(), Title: title, Summary: "About " + title, URL: "/articles/mulching",
		Version: 1, AuthorID: author.ID, AuthorName: author.Name, PublisherID: author.ID, PublisherName: author.Name,
		PublishedAt: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC),
	}
}

func titles(found []notifications.Notification) string {
	var all []string
	for _, n := range found {
		all = append(all, n.Title)
	}
	return fmt.Sprint(all)
}

// clock advances by a second with every call.
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

var errBroken = errors.New("broken")

// brokenBroadcaster fails after this many messages, and never if that is
// negative.
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
