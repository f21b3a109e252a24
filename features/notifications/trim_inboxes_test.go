package notifications_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"example.com/pergola/core/auth/authtest"
	"example.com/pergola/core/realtime/realtimetest"
	"example.com/pergola/features/notifications"
)

func trim(t testing.TB, s stores, readBefore time.Time, keep int, readerIDs ...string) (changed map[string]notifications.Inbox) {
	t.Helper()
	err := s.db.InTx(t.Context(), func(ctx context.Context) (err error) {
		changed, err = s.inboxes.Trim(ctx, readerIDs, readBefore, keep)
		return err
	})
	if err != nil {
		t.Fatalf("trim: %v", err)
	}
	return changed
}

func wantTitles(t testing.TB, s stores, readerID, want string) {
	t.Helper()
	found, err := s.inboxes.List(t.Context(), readerID, "", 1000)
	if err != nil || titles(found) != want {
		t.Errorf("left: %s, %v; want %s", titles(found), err, want)
	}
}

func TestInboxes_trimOldReadNotifications(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	read := deliver(t, s, notice(notifications.KindArticle, "Read"), ada.ID, grace.ID)
	deliver(t, s, notice(notifications.KindArticle, "Unread"), ada.ID, grace.ID)
	for _, delivery := range read {
		markRead(t, s, delivery.ReaderID, delivery.NotificationID) // at ten
	}
	before, _ := s.inboxes.Inbox(t.Context(), grace.ID)

	kept := trim(t, s, march.Add(time.Hour), 10, grace.ID, ada.ID)
	wantTitles(t, s, grace.ID, "[Unread Read]")
	lost := trim(t, s, march.Add(time.Hour+time.Microsecond), 10, alan.ID, grace.ID)

	if len(kept)+len(lost) != 0 {
		t.Errorf("changed: %v, then %v; want none, because nothing unread was removed", kept, lost)
	}
	wantTitles(t, s, grace.ID, "[Unread]")
	wantTitles(t, s, ada.ID, "[Unread Read]")
	wantInbox(t, s, grace.ID, before)
}

func TestInboxes_trimToTheNewest(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	oldest := deliver(t, s, notice(notifications.KindArticle, "A"), grace.ID)[0]
	for _, title := range []string{"B", "C", "D"} {
		deliver(t, s, notice(notifications.KindArticle, title), ada.ID, grace.ID)
	}
	markRead(t, s, grace.ID, oldest.NotificationID)

	changed := trim(t, s, march, 2, ada.ID, grace.ID)

	want := notifications.Inbox{Unread: 2, Revision: 6, NewArticles: true} // four came, one was read, and now
	if len(changed) != 2 || changed[grace.ID] != want {
		t.Errorf("changed: %+v, want Ada's and for Grace %+v", changed, want)
	}
	wantTitles(t, s, grace.ID, "[D C]")
	wantTitles(t, s, ada.ID, "[D C]")
	wantInbox(t, s, grace.ID, want)
	wantInbox(t, s, ada.ID, notifications.Inbox{Unread: 2, Revision: 4, NewArticles: true})
}

func TestInboxes_rollBackATrim(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	deliver(t, s, notice(notifications.KindArticle, "A"), grace.ID)
	errRollback := errors.New("roll back")

	err := s.db.InTx(t.Context(), func(ctx context.Context) error {
		_, err := s.inboxes.Trim(ctx, []string{grace.ID}, march, 0)
		return errors.Join(errRollback, err)
	})

	if !errors.Is(err, errRollback) {
		t.Errorf("failed with %v", err)
	}
	wantTitles(t, s, grace.ID, "[A]")
	wantInbox(t, s, grace.ID, notifications.Inbox{Unread: 1, Revision: 1, NewArticles: true})
}

func TestTrimInboxes_broadcastsChangedCounts(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	o := newFixture(s)
	o.publish(t, "Read long ago")
	found, _ := o.inboxOf(t, alan)
	if _, err := o.MarkRead(authtest.As(t, alan), found[0].ID); err != nil {
		t.Fatal(err)
	}
	for i := range notifications.KeptPerReader {
		deliver(t, s, notice(notifications.KindArticle, fmt.Sprint(i)), grace.ID)
	}
	sent := len(o.rt.Messages())
	o.clock.at = o.clock.at.Add(notifications.KeptWhenRead + time.Minute)

	err := errors.Join(o.TrimInboxes(t.Context()), o.TrimInboxes(t.Context()))

	changes := realtimetest.Broadcasts(o.rt, notifications.NotificationsChannel)[sent:]
	want := notifications.InboxChange{Change: notifications.ChangeRemoved, Unread: notifications.KeptPerReader, Revision: notifications.KeptPerReader + 2}
	if err != nil || len(changes) != 1 || changes[0] != want {
		t.Errorf("%v: broadcast %+v, want Grace %+v, once", err, changes, want)
	}
	wantTitles(t, s, alan.ID, "[]")
	if found, err := s.inboxes.List(t.Context(), grace.ID, "", 1000); err != nil || len(found) != notifications.KeptPerReader {
		t.Errorf("left of Grace: %d, %v; want %d", len(found), err, notifications.KeptPerReader)
	}
}

func TestTrimInboxes_trimsAllBatches(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	o := newFixture(s)
	ids := newIDs(notifications.ReadersPerBatch + 1)
	deliver(t, s, notice(notifications.KindArticle, "Mulching"), ids...)
	for _, id := range []string{ids[0], ids[len(ids)-1]} {
		markAllRead(t, s, id)
	}
	o.clock.at = march.Add(notifications.KeptWhenRead + 2*time.Hour)

	err := o.TrimInboxes(t.Context())

	if err != nil {
		t.Error(err)
	}
	for n, want := range map[int]string{0: "[]", 1: "[Mulching]", len(ids) - 1: "[]"} {
		wantTitles(t, s, ids[n], want)
	}
}
