package notifications_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/events/eventstest"
	"example.com/pergola/core/realtime"
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

func TestNotifyReaders_goesOnWhereItFailed(t *testing.T) {
	t.Parallel()
	o := newOffice(inMemory(t))
	fails := true
	o.NotifyReaders = notifications.NewNotifyReaders(
		func(ctx context.Context, in accounts.ListUserIDsInput) ([]string, error) {
			in.Limit = 1
			return o.people.list(ctx, in)
		},
		func(ctx context.Context, in notifications.DeliverNoticeInput) error {
			if fails && slices.Contains(in.ReaderIDs, alan.ID) {
				return errBroken
			}
			return notifications.NewDeliverNotice(o.inboxes, o.tx, o.rt)(ctx, in)
		})
	published := articleBy(ada, "Mulching")
	manifest := notifications.New(o.Deps).Manifest()

	first := eventstest.Deliver(t, manifest, blog.ArticlePublishedEvent, published)
	fails = false
	second := eventstest.Deliver(t, manifest, blog.ArticlePublishedEvent, published)

	if !errors.Is(first, errBroken) || second != nil {
		t.Errorf("the first attempt: %v, the second: %v", first, second)
	}
	for _, reader := range []auth.User{grace, alan} {
		if found, inbox := o.inboxOf(t, reader); len(found) != 1 || inbox.Unread != 1 || len(o.changes(reader)) != 1 {
			t.Errorf("%s finds %s, %+v, and was told %+v; want each once", reader.Name, titles(found), inbox, o.changes(reader))
		}
	}
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

func TestNotifyReaders_tellsManyInBatches(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		o := newOffice(s)
		crowd := &people{ids: newIDs(2*notifications.ReadersPerBatch + 1)}
		batches := 0
		deliver := notifications.NewDeliverNotice(s.inboxes, s.tx, o.rt)
		notify := notifications.NewNotifyReaders(crowd.list, func(ctx context.Context, in notifications.DeliverNoticeInput) error {
			batches++
			return deliver(ctx, in)
		})

		err := notify(t.Context(), notifications.NotifyReadersInput{Notice: notice(notifications.KindArticle, "Mulching"), ExceptID: crowd.ids[0]})

		told := realtimetest.Broadcasts(o.rt, notifications.NotificationsChannel)
		if want := len(crowd.ids) - 1; err != nil || batches != 3 || len(told) != want {
			t.Errorf("%v: told %d in %d batches, want %d in 3", err, len(told), batches, want)
		}
		for i, want := range map[int]int{0: 0, 1: 1, len(crowd.ids) - 1: 1} {
			if inbox, err := s.inboxes.Inbox(t.Context(), crowd.ids[i]); err != nil || inbox.Unread != want {
				t.Errorf("reader %d has %+v, %v; want %d unread", i, inbox, err, want)
			}
		}
	})
}

// Nothing of a batch is stored that its readers were not told of.
func TestDeliverNotice_undoesEverythingIfAPartFails(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		rt := &brokenBroadcaster{Recorder: realtimetest.NewRecorder(), after: 1}
		deliver := notifications.NewDeliverNotice(s.inboxes, s.tx, rt)

		err := deliver(t.Context(), notifications.DeliverNoticeInput{
			Notice: notice(notifications.KindArticle, "Mulching"), ReaderIDs: []string{ada.ID, grace.ID, alan.ID},
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

	err := notifications.NewForgetGoneReaders(s.inboxes, stay.gone)(t.Context())

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

	err := notifications.NewForgetGoneReaders(s.inboxes, broken)(t.Context())

	if !errors.Is(err, errBroken) {
		t.Errorf("failed with %v, want the cause", err)
	}
	wantInbox(t, s, grace.ID, notifications.Inbox{Unread: 1, Revision: 1, NewArticles: true})
}

// BenchmarkNotifyReaders tells 10,000 readers of one article.
func BenchmarkNotifyReaders(b *testing.B) {
	crowd := &people{ids: newIDs(10_000)}
	s := onPostgres(b)
	hub := realtime.NewHub(nil)
	notify := notifications.NewNotifyReaders(crowd.list, notifications.NewDeliverNotice(s.inboxes, s.tx, hub))

	for b.Loop() {
		if err := notify(b.Context(), notifications.NotifyReadersInput{Notice: notice(notifications.KindArticle, "Mulching")}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*len(crowd.ids))/b.Elapsed().Seconds(), "readers/s")
}

func newIDs(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("01900000-0000-7000-8000-%012x", i+1)
	}
	return ids
}

var errBroken = errors.New("broken")

// brokenBroadcaster fails after so many messages.
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
