// <with:blog/>

package notifications_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/events/eventstest"
	"example.com/pergola/core/jobs/jobstest"
	"example.com/pergola/core/realtime/realtimetest"
	"example.com/pergola/features/accounts"
	"example.com/pergola/features/blog"
	"example.com/pergola/features/notifications"
)

func TestNotifyReaders_tellsEverybodyButTheAuthor(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		o := newOffice(s)

		published := o.publish(t, "Mulching")

		for _, reader := range []auth.User{grace, alan} {
			found, inbox := o.inboxOf(t, reader)
			if len(found) != 1 || inbox.Unread != 1 {
				t.Fatalf("%s finds %+v and %+v", reader.Name, found, inbox)
			}
			want := notifications.Notification{ID: found[0].ID, UserID: reader.ID, Notice: notifications.Notice{
				Kind: notifications.KindArticle, SourceID: published.ArticleID, Title: "Mulching", Text: "About Mulching",
				URL: "/articles/mulching", ActorName: "Ada", At: published.PublishedAt,
			}}
			if found[0] != want {
				t.Errorf("%s finds\n%+v, want\n%+v", reader.Name, found[0], want)
			}
			told := notifications.InboxChange{
				Change: notifications.ChangeAdded, Unread: 1, Revision: 1, NotificationID: found[0].ID, News: "New article by Ada: Mulching",
			}
			if got := o.changes(reader); len(got) != 1 || got[0] != told {
				t.Errorf("the pages of %s were told\n%+v, want\n%+v", reader.Name, got, told)
			}
		}
		if found, inbox := o.inboxOf(t, ada); len(found) != 0 || inbox.Unread != 0 || len(o.changes(ada)) != 0 {
			t.Errorf("the author finds %+v and was told %+v", found, o.changes(ada))
		}
	})
}

func TestNotifyReaders_comesToTheSameEndWhenTheEventComesAgain(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		o := newOffice(s)
		published := o.publish(t, "Mulching")

		o.hear(t, published)
		published.Title = "Mulch, published again"
		o.hear(t, published)

		found, inbox := o.inboxOf(t, grace)
		if titles(found) != "[Mulching]" || inbox.Unread != 1 || len(o.changes(grace)) != 1 {
			t.Errorf("Grace finds %s, %+v, and was told %+v; want each once", titles(found), inbox, o.changes(grace))
		}
	})
}

func TestNotifyReaders_leavesOutWhoDoesNotWantArticles(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		o := newOffice(s)
		if err := o.SetPreferences(as(t, grace), notifications.Preferences{NewArticles: false}); err != nil {
			t.Fatal(err)
		}

		o.publish(t, "Mulching")
		o.announce(t, "Downtime", "")

		found, inbox := o.inboxOf(t, grace)
		if titles(found) != "[Downtime]" || inbox.Unread != 1 || inbox.NewArticles || len(o.changes(grace)) != 1 {
			t.Errorf("Grace finds %s, %+v, and was told %+v", titles(found), inbox, o.changes(grace))
		}
		if err := o.SetPreferences(as(t, grace), notifications.Preferences{NewArticles: true}); err != nil {
			t.Fatal(err)
		}
		o.publish(t, "Roses")
		if found, _ := o.inboxOf(t, grace); titles(found) != "[Roses Downtime]" {
			t.Errorf("after she wants them again Grace finds %s", titles(found))
		}
	})
}

func TestNotifyReaders_enqueuesAJobForEachThousandReaders(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		o := newOffice(s)
		crowd := newIDs(2500)
		o.people.ids = crowd
		published := articleBy(auth.User{ID: crowd[0], Name: "Ada"}, "Mulching")

		err := eventstest.Deliver(t, o.manifest(), blog.ArticlePublishedEvent, published)

		batches := jobstest.Enqueued(o.queue, notifications.NotifyBatchJob)
		if err != nil || len(batches) != 3 || len(o.rt.Messages()) != 0 {
			t.Fatalf("%v: enqueued %d batches, told %d readers; want 3 batches and nobody told yet", err, len(batches), len(o.rt.Messages()))
		}
		if err := o.work(t); err != nil {
			t.Fatal(err)
		}
		if told := realtimetest.Broadcasts(o.rt, notifications.NotificationsChannel); len(told) != 2499 {
			t.Errorf("told %d readers, want 2499", len(told))
		}
		for i, want := range map[int]int{0: 0, 1: 1, 999: 1, 1000: 1, 2499: 1} {
			if inbox, err := s.inboxes.Inbox(t.Context(), crowd[i]); err != nil || inbox.Unread != want {
				t.Errorf("reader %d has %+v, %v; want %d unread", i, inbox, err, want)
			}
		}
	})
}

// Of a batch that fails nothing is kept; it is tried again, or done twice, and
// the others are not.
func TestNotifyReaders_triesABatchAgain(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		rt := &brokenBroadcaster{Recorder: realtimetest.NewRecorder(), after: 1500}
		o := newOfficeWith(s, rt, nil, nil)
		o.people.ids = newIDs(2500)
		err := eventstest.Deliver(t, o.manifest(), blog.ArticlePublishedEvent, articleBy(ada, "Mulching"))
		if err != nil {
			t.Fatal(err)
		}
		batches := o.queue.Entries()

		first := o.do(t, batches[0])
		second := o.do(t, batches[1])
		rt.after = -1
		again := o.do(t, batches[1])
		third := o.do(t, batches[2])
		twice := o.do(t, batches[0])

		if err := errors.Join(first, again, third, twice); err != nil || !errors.Is(second, errBroken) {
			t.Errorf("the second batch failed with %v, the others with %v", second, err)
		}
		if told := realtimetest.Broadcasts(rt.Recorder, notifications.NotificationsChannel); len(told) != 2500 {
			t.Errorf("told %d readers, want 2500, each once", len(told))
		}
		for _, id := range []string{o.people.ids[0], o.people.ids[1700], o.people.ids[2499]} {
			wantInbox(t, s, id, notifications.Inbox{Unread: 1, Revision: 1, NewArticles: true})
		}
	})
}

func TestNotifyReaders_goesByWhatIsSoWhenABatchIsDone(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		o := newOffice(s)
		err := eventstest.Deliver(t, o.manifest(), blog.ArticlePublishedEvent, articleBy(ada, "Mulching"))
		unsubscribed := o.SetPreferences(as(t, grace), notifications.Preferences{NewArticles: false})
		o.people.leave(alan)
		newcomer := auth.User{ID: "01900000-0000-7000-8000-00000000000d", Name: "Linus"}
		o.people.ids = append(o.people.ids, newcomer.ID)

		if err := errors.Join(err, unsubscribed, o.work(t)); err != nil {
			t.Fatal(err)
		}

		for _, reader := range []auth.User{ada, grace, alan, newcomer} {
			if found, _ := o.inboxOf(t, reader); len(found) != 0 || len(o.changes(reader)) != 0 {
				t.Errorf("%s finds %s and was told %+v; want nothing", reader.Name, titles(found), o.changes(reader))
			}
		}
		owners, err := s.inboxes.Owners(t.Context(), "", 10)
		if err != nil || !slices.Equal(owners, []string{grace.ID}) {
			t.Errorf("something is stored of %v, %v; want of Grace alone", owners, err)
		}
	})
}

func TestNotifyReaders_tellsNobodyOfWhatWasWithdrawn(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		o := newOffice(s)
		o.people.ids = newIDs(2500)
		published := articleBy(ada, "Mulching")
		err := eventstest.Deliver(t, o.manifest(), blog.ArticlePublishedEvent, published)
		batches := o.queue.Entries()

		first := o.do(t, batches[0])
		o.shelf.withdraw(published.ArticleID)
		rest := errors.Join(o.do(t, batches[1]), o.do(t, batches[2]))

		told := realtimetest.Broadcasts(o.rt, notifications.NotificationsChannel)
		if err := errors.Join(err, first, rest); err != nil || len(told) != 1000 {
			t.Errorf("%v: told %d, want the 1000 of the batch that was done before", err, len(told))
		}
		wantInbox(t, s, o.people.ids[2000], notifications.Inbox{NewArticles: true})
	})
}

// Nothing of a publication that is heard in vain is enqueued.
func TestNotifyReaders_enqueuesEverythingOrNothing(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		o := newOffice(s)
		o.people.ids = newIDs(1500)
		o.NotifyReaders = notifications.NewNotifyReaders(func(ctx context.Context, in accounts.ListUserIDsInput) ([]string, error) {
			if in.After != "" {
				return nil, errBroken
			}
			return o.people.list(ctx, in)
		}, o.queue)

		err := eventstest.Deliver(t, o.manifest(), blog.ArticlePublishedEvent, articleBy(ada, "Mulching"))

		if !errors.Is(err, errBroken) || len(o.queue.Entries()) != 0 {
			t.Errorf("failed with %v, enqueued %d jobs; want none", err, len(o.queue.Entries()))
		}
	})
}

// Nothing of a batch is stored that its readers were not told of.
func TestDeliverNotice_undoesEverythingIfAPartFails(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		rt := &brokenBroadcaster{Recorder: realtimetest.NewRecorder(), after: 1}
		o := newOfficeWith(s, rt, nil, nil)

		err := o.DeliverNotice(t.Context(), notifications.DeliverNoticeInput{
			Notice: notice(notifications.KindArticle, "Mulching"), Through: alan.ID,
		})

		if !errors.Is(err, errBroken) || len(rt.Messages()) != 0 {
			t.Errorf("%v: told %v", err, rt.Messages())
		}
		for _, reader := range []auth.User{ada, grace, alan} {
			wantInbox(t, s, reader.ID, notifications.Inbox{NewArticles: true})
		}
	})
}

func TestForgetGoneReaders_removesWhatIsTheirs(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		o := newOffice(s)
		o.publish(t, "Mulching")
		if err := o.SetPreferences(as(t, ada), notifications.Preferences{}); err != nil {
			t.Fatal(err)
		}
		o.people.leave(grace)

		err := o.ForgetGoneReaders(t.Context())

		owners, listErr := s.inboxes.Owners(t.Context(), "", 10)
		if err := errors.Join(err, listErr); err != nil || !slices.Equal(owners, []string{ada.ID, alan.ID}) {
			t.Errorf("%v: left are %v, want Ada and Alan", err, owners)
		}
		found, _ := o.inboxOf(t, grace)
		kept, inbox := o.inboxOf(t, alan)
		if len(found) != 0 || len(kept) != 1 || inbox.Unread != 1 {
			t.Errorf("of Grace is left %v; Alan finds %v", found, kept)
		}
	})
}

func TestForgetGoneReaders_looksThroughAllOfThem(t *testing.T) {
	t.Parallel()
	s := inMemory(t)
	ids := newIDs(2*notifications.ReadersPerBatch + 2)
	deliver(t, s, notice(notifications.KindArticle, "Mulching"), ids...)
	stay := &people{ids: []string{ids[0], ids[len(ids)-1]}}

	err := notifications.NewForgetGoneReaders(s.inboxes, s.digests, stay.gone)(t.Context())

	owners, listErr := s.inboxes.Owners(t.Context(), "", 10)
	if err := errors.Join(err, listErr); err != nil || !slices.Equal(owners, stay.ids) {
		t.Errorf("%v: left are %v, want the first and the last", err, owners)
	}
}

func TestForgetGoneReaders_removesNobodyIfItCannotAsk(t *testing.T) {
	t.Parallel()
	s := inMemory(t)
	deliver(t, s, notice(notifications.KindArticle, "Mulching"), grace.ID)
	broken := func(context.Context, []string) ([]string, error) { return nil, errBroken }

	err := notifications.NewForgetGoneReaders(s.inboxes, s.digests, broken)(t.Context())

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
