package notifications_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/fault/faulttest"
	"example.com/pergola/features/notifications"
)

var march = time.Date(2026, 3, 1, 9, 0, 0, 123456000, time.UTC)

func notice(kind notifications.Kind, title string) notifications.Notice {
	return notifications.Notice{
		Kind: kind, SourceID: uuid.NewString(), Title: title, Text: "In short", URL: "/articles/mulching", ActorName: "Ada", At: march,
	}
}

// deliver delivers in a transaction, as Deliver requires.
func deliver(t testing.TB, s stores, n notifications.Notice, readerIDs ...string) []notifications.Delivery {
	t.Helper()
	var deliveries []notifications.Delivery
	err := s.db.InTx(t.Context(), func(ctx context.Context) (err error) {
		deliveries, err = s.inboxes.Deliver(ctx, n, readerIDs)
		return err
	})
	if err != nil {
		t.Fatalf("deliver %q: %v", n.Title, err)
	}
	slices.SortFunc(deliveries, func(a, b notifications.Delivery) int { return strings.Compare(a.ReaderID, b.ReaderID) })
	return deliveries
}

func markRead(t testing.TB, s stores, readerID, id string) (inbox notifications.Inbox, changed bool) {
	t.Helper()
	err := s.db.InTx(t.Context(), func(ctx context.Context) (err error) {
		inbox, changed, err = s.inboxes.MarkRead(ctx, readerID, id, march.Add(time.Hour))
		return err
	})
	if err != nil {
		t.Fatalf("mark %s as read: %v", id, err)
	}
	return inbox, changed
}

func markAllRead(t testing.TB, s stores, readerID string) (inbox notifications.Inbox, changed bool) {
	t.Helper()
	err := s.db.InTx(t.Context(), func(ctx context.Context) (err error) {
		inbox, changed, err = s.inboxes.MarkAllRead(ctx, readerID, march.Add(time.Hour))
		return err
	})
	if err != nil {
		t.Fatalf("mark all as read: %v", err)
	}
	return inbox, changed
}

func wantInbox(t testing.TB, s stores, readerID string, want notifications.Inbox) {
	t.Helper()
	if got, err := s.inboxes.Inbox(t.Context(), readerID); err != nil || got != want {
		t.Errorf("the inbox is %+v, %v; want %+v", got, err, want)
	}
}

func TestInboxes_startEmptyWithAllKinds(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	wantInbox(t, s, grace.ID, notifications.Inbox{NewArticles: true})
	found, err := s.inboxes.List(t.Context(), grace.ID, "", 10)
	if err != nil || len(found) != 0 {
		t.Errorf("found %v, %v; want nothing", found, err)
	}
}

func TestInboxes_findDeliveredNotifications(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	n := notice(notifications.KindArticle, "Mulching")

	deliveries := deliver(t, s, n, ada.ID, grace.ID)

	once := notifications.Inbox{Unread: 1, Revision: 1, NewArticles: true}
	if len(deliveries) != 2 || deliveries[0].ReaderID != ada.ID || deliveries[1].ReaderID != grace.ID ||
		deliveries[0].Inbox != once || deliveries[1].Inbox != once || deliveries[0].NotificationID == deliveries[1].NotificationID {
		t.Fatalf("delivered %+v", deliveries)
	}
	want := notifications.Notification{ID: deliveries[1].NotificationID, UserID: grace.ID, Notice: n}
	found, err := s.inboxes.Find(t.Context(), grace.ID, want.ID)
	if err != nil || found != want || !found.Unread() {
		t.Errorf("found\n%+v, %v; want\n%+v", found, err, want)
	}
	listed, err := s.inboxes.List(t.Context(), grace.ID, "", 10)
	if err != nil || len(listed) != 1 || listed[0] != want {
		t.Errorf("listed\n%+v, %v; want\n%+v", listed, err, want)
	}
	wantInbox(t, s, grace.ID, once)
	wantInbox(t, s, alan.ID, notifications.Inbox{NewArticles: true})
}

func TestInboxes_deliverASourceOnce(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	n := notice(notifications.KindArticle, "Mulching")
	deliver(t, s, n, grace.ID)

	again := deliver(t, s, n, ada.ID, grace.ID)

	if len(again) != 1 || again[0].ReaderID != ada.ID {
		t.Errorf("the second delivery went to %+v, want Ada only", again)
	}
	wantInbox(t, s, grace.ID, notifications.Inbox{Unread: 1, Revision: 1, NewArticles: true})
}

func TestInboxes_skipReadersWhoDisabledIt(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	want := func(enabled bool) {
		if err := s.inboxes.SetNewArticles(t.Context(), grace.ID, enabled); err != nil {
			t.Fatal(err)
		}
	}
	want(false)

	unwanted := deliver(t, s, notice(notifications.KindArticle, "Mulching"), ada.ID, grace.ID)
	announcement := deliver(t, s, notice(notifications.KindAnnouncement, "Downtime"), ada.ID, grace.ID)
	want(true)
	article := deliver(t, s, notice(notifications.KindArticle, "Roses"), ada.ID, grace.ID)

	if len(unwanted) != 1 || unwanted[0].ReaderID != ada.ID {
		t.Errorf("the article went to %+v, want Ada only", unwanted)
	}
	if len(announcement) != 2 || len(article) != 2 {
		t.Errorf("the announcement went to %+v, the next article to %+v; want both readers", announcement, article)
	}
	wantInbox(t, s, grace.ID, notifications.Inbox{Unread: 2, Revision: 2, NewArticles: true})
}

func TestInboxes_listNewestFirst(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	for _, title := range []string{"A", "B", "C", "D"} {
		deliver(t, s, notice(notifications.KindArticle, title), ada.ID, grace.ID)
	}

	top, topErr := s.inboxes.List(t.Context(), grace.ID, "", 3)
	rest, restErr := s.inboxes.List(t.Context(), grace.ID, top[2].ID, 3)

	if err := errors.Join(topErr, restErr); err != nil || titles(top) != "[D C B]" || titles(rest) != "[A]" {
		t.Errorf("listed %s and %s, %v", titles(top), titles(rest), err)
	}
}

func TestInboxes_countUnread(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	first := deliver(t, s, notice(notifications.KindArticle, "First"), ada.ID, grace.ID)[1]
	deliver(t, s, notice(notifications.KindArticle, "Second"), grace.ID)
	deliver(t, s, notice(notifications.KindArticle, "Third"), grace.ID)

	inbox, changed := markRead(t, s, grace.ID, first.NotificationID)
	if want := (notifications.Inbox{Unread: 2, Revision: 4, NewArticles: true}); !changed || inbox != want {
		t.Errorf("after reading the first, the inbox is %+v, %v; want %+v", inbox, changed, want)
	}
	if _, changed := markRead(t, s, grace.ID, first.NotificationID); changed {
		t.Error("the first was marked twice")
	}
	inbox, changed = markAllRead(t, s, grace.ID)
	if want := (notifications.Inbox{Revision: 5, NewArticles: true}); !changed || inbox != want {
		t.Errorf("after reading all, the inbox is %+v, %v; want %+v", inbox, changed, want)
	}
	if _, changed := markAllRead(t, s, grace.ID); changed {
		t.Error("all were marked twice")
	}

	found, err := s.inboxes.List(t.Context(), grace.ID, "", 10)
	if err != nil || slices.ContainsFunc(found, notifications.Notification.Unread) || !found[2].ReadAt.Equal(march.Add(time.Hour)) {
		t.Errorf("found %+v, %v; want all read", found, err)
	}
	wantInbox(t, s, ada.ID, notifications.Inbox{Unread: 1, Revision: 1, NewArticles: true})
}

func TestInboxes_areSeparatePerReader(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	of := deliver(t, s, notice(notifications.KindArticle, "Mulching"), grace.ID)[0]

	for _, id := range []string{of.NotificationID, uuid.NewString(), "", "mulching", "a\x00b", "{" + of.NotificationID + "}"} {
		_, err := s.inboxes.Find(t.Context(), ada.ID, id)
		faulttest.Want(t, err, fault.NotFound)
		if _, changed := markRead(t, s, ada.ID, id); changed {
			t.Errorf("Ada could mark %q as read", id)
		}
	}
	wantInbox(t, s, grace.ID, notifications.Inbox{Unread: 1, Revision: 1, NewArticles: true})
}

func TestInboxes_rollBack(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	kept := deliver(t, s, notice(notifications.KindArticle, "Kept"), ada.ID, grace.ID)
	errRollback := errors.New("roll back")

	err := s.db.InTx(t.Context(), func(ctx context.Context) error {
		_, deliverErr := s.inboxes.Deliver(ctx, notice(notifications.KindArticle, "Gone"), []string{grace.ID, alan.ID})
		_, _, readErr := s.inboxes.MarkRead(ctx, grace.ID, kept[1].NotificationID, march)
		return errors.Join(errRollback, deliverErr, readErr,
			s.inboxes.SetNewArticles(ctx, alan.ID, false), s.inboxes.Remove(ctx, []string{ada.ID}))
	})

	if !errors.Is(err, errRollback) {
		t.Errorf("the transaction failed with %v", err)
	}
	one := notifications.Inbox{Unread: 1, Revision: 1, NewArticles: true}
	wantInbox(t, s, ada.ID, one)
	wantInbox(t, s, grace.ID, one)
	wantInbox(t, s, alan.ID, notifications.Inbox{NewArticles: true})
	found, err := s.inboxes.List(t.Context(), grace.ID, "", 10)
	if err != nil || titles(found) != "[Kept]" || !found[0].Unread() {
		t.Errorf("found %+v, %v; want what was there before", found, err)
	}
}

func TestInboxes_removeAUser(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	deliver(t, s, notice(notifications.KindArticle, "Mulching"), ada.ID, grace.ID, alan.ID)

	before, beforeErr := s.inboxes.Owners(t.Context(), "", 10)
	second, secondErr := s.inboxes.Owners(t.Context(), ada.ID, 1)
	err := s.inboxes.Remove(t.Context(), []string{alan.ID, ada.ID, uuid.NewString()})
	after, afterErr := s.inboxes.Owners(t.Context(), "", 10)

	if err := errors.Join(beforeErr, secondErr, err, afterErr); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(before, []string{ada.ID, grace.ID, alan.ID}) || !slices.Equal(second, []string{grace.ID}) || !slices.Equal(after, []string{grace.ID}) {
		t.Errorf("owners were %v, after Ada %v, at the end %v", before, second, after)
	}
	found, err := s.inboxes.List(t.Context(), ada.ID, "", 10)
	if err != nil || len(found) != 0 {
		t.Errorf("left of Ada: %+v, %v", found, err)
	}
}

// With concurrent deliveries and reads, the count stays exact and every change of
// an inbox has its own revision.
func TestInboxes_countExactlyUnderConcurrency(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	readers := []string{ada.ID, grace.ID, alan.ID}
	var mu sync.Mutex
	revisions := map[string][]int64{}
	note := func(readerID string, inbox notifications.Inbox) {
		mu.Lock()
		defer mu.Unlock()
		revisions[readerID] = append(revisions[readerID], inbox.Revision)
	}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 5 {
				for _, d := range deliver(t, s, notice(notifications.KindArticle, "Mulching"), readers...) {
					note(d.ReaderID, d.Inbox)
				}
			}
		})
	}
	for _, reader := range readers {
		group.Go(func() {
			for range 5 {
				if inbox, changed := markAllRead(t, s, reader); changed {
					note(reader, inbox)
				}
				found, err := s.inboxes.List(t.Context(), reader, "", 1)
				if err != nil || len(found) == 0 {
					continue
				}
				if inbox, changed := markRead(t, s, reader, found[0].ID); changed {
					note(reader, inbox)
				}
			}
		})
	}
	group.Wait()

	for _, reader := range readers {
		found, err := s.inboxes.List(t.Context(), reader, "", 100)
		unread := len(found)
		for _, n := range found {
			if !n.Unread() {
				unread--
			}
		}
		slices.Sort(revisions[reader])
		distinct := slices.Compact(slices.Clone(revisions[reader]))
		wantInbox(t, s, reader, notifications.Inbox{Unread: unread, Revision: int64(len(revisions[reader])), NewArticles: true})
		if err != nil || len(found) != 20 || len(distinct) != len(revisions[reader]) {
			t.Errorf("%d notifications, %v; revisions %v", len(found), err, revisions[reader])
		}
	}
}
