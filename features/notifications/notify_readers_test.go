package notifications_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/auth/authtest"
	"example.com/pergola/core/events/eventstest"
	"example.com/pergola/core/jobs/jobstest"
	"example.com/pergola/core/realtime/realtimetest"
	"example.com/pergola/features/accounts"
	"example.com/pergola/features/blog"
	"example.com/pergola/features/notifications"
)

func TestNotifyReaders_notifiesEveryoneButTheAuthor(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	o := newFixture(s)

	published := o.publish(t, "Mulching")

	for _, reader := range []auth.User{grace, alan} {
		found, inbox := o.inboxOf(t, reader)
		if len(found) != 1 || inbox.Unread != 1 {
			t.Fatalf("%s has %+v and %+v", reader.Name, found, inbox)
		}
		want := notifications.Notification{ID: found[0].ID, UserID: reader.ID, Notice: notifications.Notice{
			Kind: notifications.KindArticle, SourceID: published.ArticleID, Title: "Mulching", Text: "About Mulching",
			URL: "/articles/mulching", ActorName: "Ada", At: published.PublishedAt,
		}}
		if found[0] != want {
			t.Errorf("%s has\n%+v, want\n%+v", reader.Name, found[0], want)
		}
		sent := notifications.InboxChange{
			Change: notifications.ChangeAdded, Unread: 1, Revision: 1, NotificationID: found[0].ID, News: "New article by Ada: Mulching",
		}
		if got := o.changes(reader); len(got) != 1 || got[0] != sent {
			t.Errorf("the pages of %s received\n%+v, want\n%+v", reader.Name, got, sent)
		}
	}
	if found, inbox := o.inboxOf(t, ada); len(found) != 0 || inbox.Unread != 0 || len(o.changes(ada)) != 0 {
		t.Errorf("the author has %+v and received %+v", found, o.changes(ada))
	}
}

func TestNotifyReaders_isIdempotent(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	o := newFixture(s)
	published := o.publish(t, "Mulching")

	o.deliver(t, published)
	published.Title = "Mulch, published again"
	o.deliver(t, published)

	found, inbox := o.inboxOf(t, grace)
	if titles(found) != "[Mulching]" || inbox.Unread != 1 || len(o.changes(grace)) != 1 {
		t.Errorf("Grace has %s, %+v, and received %+v; want each once", titles(found), inbox, o.changes(grace))
	}
}

func TestNotifyReaders_respectsPreferences(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	o := newFixture(s)
	if err := o.SetPreferences(authtest.As(t, grace), notifications.Preferences{NewArticles: false}); err != nil {
		t.Fatal(err)
	}

	o.publish(t, "Mulching")
	o.announce(t, "Downtime", "")

	found, inbox := o.inboxOf(t, grace)
	if titles(found) != "[Downtime]" || inbox.Unread != 1 || inbox.NewArticles || len(o.changes(grace)) != 1 {
		t.Errorf("Grace has %s, %+v, and received %+v", titles(found), inbox, o.changes(grace))
	}
	if err := o.SetPreferences(authtest.As(t, grace), notifications.Preferences{NewArticles: true}); err != nil {
		t.Fatal(err)
	}
	o.publish(t, "Roses")
	if found, _ := o.inboxOf(t, grace); titles(found) != "[Roses Downtime]" {
		t.Errorf("after turning them on again, Grace has %s", titles(found))
	}
}

func TestNotifyReaders_enqueuesAJobForEachThousandReaders(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	o := newFixture(s)
	crowd := newIDs(2500)
	o.accounts.ids = crowd
	published := articleBy(auth.User{ID: crowd[0], Name: "Ada"}, "Mulching")

	err := eventstest.Deliver(t, o.Manifest(), blog.ArticlePublishedEvent, published)

	batches := jobstest.Enqueued(o.queue, notifications.NotifyBatchJob)
	if err != nil || len(batches) != 3 || len(o.rt.Messages()) != 0 {
		t.Fatalf("%v: enqueued %d batches, notified %d readers; want 3 batches and no reader notified yet", err, len(batches), len(o.rt.Messages()))
	}
	if err := o.work(t); err != nil {
		t.Fatal(err)
	}
	if sent := realtimetest.Broadcasts(o.rt, notifications.NotificationsChannel); len(sent) != 2499 {
		t.Errorf("notified %d readers, want 2499", len(sent))
	}
	for i, want := range map[int]int{0: 0, 1: 1, 999: 1, 1000: 1, 2499: 1} {
		if inbox, err := s.inboxes.Inbox(t.Context(), crowd[i]); err != nil || inbox.Unread != want {
			t.Errorf("reader %d has %+v, %v; want %d unread", i, inbox, err, want)
		}
	}
}

// A failed batch leaves nothing behind and is retried without the others; running
// it twice changes nothing.
func TestNotifyReaders_retriesABatch(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	rt := &brokenBroadcaster{Recorder: realtimetest.NewRecorder(), after: 1500}
	o := newFixtureWith(s, rt, nil, nil)
	o.accounts.ids = newIDs(2500)
	err := eventstest.Deliver(t, o.Manifest(), blog.ArticlePublishedEvent, articleBy(ada, "Mulching"))
	if err != nil {
		t.Fatal(err)
	}
	batches := o.queue.Entries()

	first := o.run(t, batches[0])
	second := o.run(t, batches[1])
	rt.after = -1
	again := o.run(t, batches[1])
	third := o.run(t, batches[2])
	twice := o.run(t, batches[0])

	if err := errors.Join(first, again, third, twice); err != nil || !errors.Is(second, errBroken) {
		t.Errorf("the second batch failed with %v, the others with %v", second, err)
	}
	if sent := realtimetest.Broadcasts(rt.Recorder, notifications.NotificationsChannel); len(sent) != 2500 {
		t.Errorf("notified %d readers, want 2500, each once", len(sent))
	}
	for _, id := range []string{o.accounts.ids[0], o.accounts.ids[1700], o.accounts.ids[2499]} {
		wantInbox(t, s, id, notifications.Inbox{Unread: 1, Revision: 1, NewArticles: true})
	}
}

func TestNotifyReaders_usesTheStateAtDelivery(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	o := newFixture(s)
	err := eventstest.Deliver(t, o.Manifest(), blog.ArticlePublishedEvent, articleBy(ada, "Mulching"))
	unsubscribed := o.SetPreferences(authtest.As(t, grace), notifications.Preferences{NewArticles: false})
	o.accounts.remove(alan)
	newcomer := auth.User{ID: "01900000-0000-7000-8000-00000000000d", Name: "Linus"}
	o.accounts.ids = append(o.accounts.ids, newcomer.ID)

	if err := errors.Join(err, unsubscribed, o.work(t)); err != nil {
		t.Fatal(err)
	}

	for _, reader := range []auth.User{ada, grace, alan, newcomer} {
		if found, _ := o.inboxOf(t, reader); len(found) != 0 || len(o.changes(reader)) != 0 {
			t.Errorf("%s has %s and received %+v; want nothing", reader.Name, titles(found), o.changes(reader))
		}
	}
	owners, err := s.inboxes.Owners(t.Context(), "", 10)
	if err != nil || !slices.Equal(owners, []string{grace.ID}) {
		t.Errorf("inboxes of %v, %v; want Grace only", owners, err)
	}
}

func TestNotifyReaders_skipsUnpublishedArticles(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	o := newFixture(s)
	o.accounts.ids = newIDs(2500)
	published := articleBy(ada, "Mulching")
	err := eventstest.Deliver(t, o.Manifest(), blog.ArticlePublishedEvent, published)
	batches := o.queue.Entries()

	first := o.run(t, batches[0])
	o.blog.unpublish(published.ArticleID)
	rest := errors.Join(o.run(t, batches[1]), o.run(t, batches[2]))

	sent := realtimetest.Broadcasts(o.rt, notifications.NotificationsChannel)
	if err := errors.Join(err, first, rest); err != nil || len(sent) != 1000 {
		t.Errorf("%v: notified %d, want the 1000 of the batch before", err, len(sent))
	}
	wantInbox(t, s, o.accounts.ids[2000], notifications.Inbox{NewArticles: true})
}

// If handling the event fails, nothing is enqueued.
func TestNotifyReaders_enqueuesEverythingOrNothing(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	o := newFixture(s)
	o.accounts.ids = newIDs(1500)
	o.NotifyReaders = notifications.NewNotifyReaders(func(ctx context.Context, in accounts.ListUserIDsInput) ([]string, error) {
		if in.After != "" {
			return nil, errBroken
		}
		return o.accounts.list(ctx, in)
	}, o.queue)

	err := eventstest.Deliver(t, o.Manifest(), blog.ArticlePublishedEvent, articleBy(ada, "Mulching"))

	if !errors.Is(err, errBroken) || len(o.queue.Entries()) != 0 {
		t.Errorf("failed with %v, enqueued %d jobs; want none", err, len(o.queue.Entries()))
	}
}

// If the broadcast fails, nothing of the batch is stored.
func TestDeliverNotice_rollsBackOnError(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	rt := &brokenBroadcaster{Recorder: realtimetest.NewRecorder(), after: 1}
	o := newFixtureWith(s, rt, nil, nil)

	err := o.DeliverNotice(t.Context(), notifications.DeliverNoticeInput{
		Notice: notice(notifications.KindArticle, "Mulching"), Through: alan.ID,
	})

	if !errors.Is(err, errBroken) || len(rt.Messages()) != 0 {
		t.Errorf("%v: broadcast %v", err, rt.Messages())
	}
	for _, reader := range []auth.User{ada, grace, alan} {
		wantInbox(t, s, reader.ID, notifications.Inbox{NewArticles: true})
	}
}

func TestRemoveDeletedReaders_removesTheirInboxes(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	o := newFixture(s)
	o.publish(t, "Mulching")
	if err := o.SetPreferences(authtest.As(t, ada), notifications.Preferences{}); err != nil {
		t.Fatal(err)
	}
	o.accounts.remove(grace)

	err := o.RemoveDeletedReaders(t.Context())

	owners, listErr := s.inboxes.Owners(t.Context(), "", 10)
	if err := errors.Join(err, listErr); err != nil || !slices.Equal(owners, []string{ada.ID, alan.ID}) {
		t.Errorf("%v: left: %v, want Ada and Alan", err, owners)
	}
	found, _ := o.inboxOf(t, grace)
	kept, inbox := o.inboxOf(t, alan)
	if len(found) != 0 || len(kept) != 1 || inbox.Unread != 1 {
		t.Errorf("left of Grace: %v; Alan has %v", found, kept)
	}
}

func TestRemoveDeletedReaders_checksAllBatches(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	ids := newIDs(2*notifications.ReadersPerBatch + 2)
	deliver(t, s, notice(notifications.KindArticle, "Mulching"), ids...)
	stay := &fakeAccounts{ids: []string{ids[0], ids[len(ids)-1]}}

	err := notifications.NewRemoveDeletedReaders(s.inboxes, s.digests, stay.gone)(t.Context())

	owners, listErr := s.inboxes.Owners(t.Context(), "", 10)
	if err := errors.Join(err, listErr); err != nil || !slices.Equal(owners, stay.ids) {
		t.Errorf("%v: left: %v, want the first and the last", err, owners)
	}
}

func TestRemoveDeletedReaders_removesNobodyIfAccountsFail(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	deliver(t, s, notice(notifications.KindArticle, "Mulching"), grace.ID)
	broken := func(context.Context, []string) ([]string, error) { return nil, errBroken }

	err := notifications.NewRemoveDeletedReaders(s.inboxes, s.digests, broken)(t.Context())

	if !errors.Is(err, errBroken) {
		t.Errorf("failed with %v, want the cause", err)
	}
	wantInbox(t, s, grace.ID, notifications.Inbox{Unread: 1, Revision: 1, NewArticles: true})
}

func newIDs(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("01910000-0000-7000-8000-%012x", i+1)
	}
	return ids
}
