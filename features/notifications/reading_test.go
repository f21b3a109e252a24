// <with:blog/>

package notifications_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/uuid"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/realtime/realtimetest"
	"example.com/pergola/features/notifications"
)

func TestListNotifications_goesOnPageByPage(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		o := newOffice(s)
		for i := range notifications.NotificationsPerPage + 1 {
			o.publish(t, fmt.Sprintf("Article %d", i))
		}

		first, firstErr := o.ListNotifications(as(t, grace), notifications.ListNotificationsInput{})
		second, secondErr := o.ListNotifications(as(t, grace), notifications.ListNotificationsInput{Below: first.Next})

		if err := errors.Join(firstErr, secondErr); err != nil || len(first.Notifications) != notifications.NotificationsPerPage ||
			first.Notifications[0].Title != "Article 20" || titles(second.Notifications) != "[Article 0]" || second.Next != "" {
			t.Errorf("%v: first %s, then %s, then %q", err, titles(first.Notifications), titles(second.Notifications), second.Next)
		}
	})
}

func TestMarkRead_keepsAllPagesOfTheReaderInStep(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		o := newOffice(s)
		o.publish(t, "Mulching")
		o.publish(t, "Roses")
		found, _ := o.inboxOf(t, grace)

		read, err := o.MarkRead(as(t, grace), found[1].ID)
		again, againErr := o.MarkRead(as(t, grace), found[1].ID)

		if err := errors.Join(err, againErr); err != nil || read.Unread() || read.Title != "Mulching" || again != read {
			t.Errorf("%v: read %+v, then %+v", err, read, again)
		}
		told := o.changes(grace)
		want := notifications.InboxChange{Change: notifications.ChangeRead, Unread: 1, Revision: 3, NotificationID: read.ID}
		if len(told) != 3 || told[2] != want {
			t.Errorf("the pages were told %+v, want at last %+v, once", told, want)
		}
		if _, inbox := o.inboxOf(t, grace); inbox.Unread != 1 {
			t.Errorf("the inbox is %+v", inbox)
		}
		if _, inbox := o.inboxOf(t, alan); inbox.Unread != 2 || len(o.changes(alan)) != 2 {
			t.Errorf("Alan's inbox is %+v, his pages were told %+v", inbox, o.changes(alan))
		}
	})
}

func TestMarkAllRead_keepsAllPagesOfTheReaderInStep(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		o := newOffice(s)
		o.publish(t, "Mulching")
		o.publish(t, "Roses")

		err := errors.Join(o.MarkAllRead(as(t, grace)), o.MarkAllRead(as(t, grace)))

		told := o.changes(grace)
		want := notifications.InboxChange{Change: notifications.ChangeAllRead, Revision: 3}
		if err != nil || len(told) != 3 || told[2] != want {
			t.Errorf("%v: the pages were told %+v, want at last %+v, once", err, told, want)
		}
	})
}

func TestMarkRead_refusesWhatIsNotTheReaders(t *testing.T) {
	t.Parallel()
	o := newOffice(inMemory(t))
	o.publish(t, "Mulching")
	found, _ := o.inboxOf(t, grace)
	before := len(o.rt.Messages())

	for _, id := range []string{found[0].ID, uuid.NewString(), "mulching", ""} {
		_, err := o.MarkRead(as(t, ada), id)
		wantFault(t, err, fault.NotFound)
	}

	if _, inbox := o.inboxOf(t, grace); inbox.Unread != 1 || len(o.rt.Messages()) != before {
		t.Errorf("Grace's inbox is %+v, and %v was told", inbox, o.rt.Messages()[before:])
	}
}

func TestReaders_mustBeSignedIn(t *testing.T) {
	t.Parallel()
	o := newOffice(inMemory(t))
	ctx := as(t, nobody)

	_, listErr := o.ListNotifications(ctx, notifications.ListNotificationsInput{})
	_, readErr := o.ReadInbox(ctx)
	_, markErr := o.MarkRead(ctx, uuid.NewString())
	for _, err := range []error{listErr, readErr, markErr, o.MarkAllRead(ctx), o.SetPreferences(ctx, notifications.Preferences{})} {
		wantFault(t, err, fault.Unauthenticated)
	}
}

func TestListNotifications_refusesABadPlace(t *testing.T) {
	t.Parallel()
	o := newOffice(inMemory(t))

	_, err := o.ListNotifications(as(t, grace), notifications.ListNotificationsInput{Below: "page-2"})

	wantFault(t, err, fault.Invalid)
}

func TestMarkRead_undoesTheReadingIfNobodyCanBeTold(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		newOffice(s).publish(t, "Mulching")
		o := newOfficeWith(s, &brokenBroadcaster{Recorder: realtimetest.NewRecorder()}, nil, nil)
		found, _ := o.inboxOf(t, grace)

		_, oneErr := o.MarkRead(as(t, grace), found[0].ID)
		allErr := o.MarkAllRead(as(t, grace))

		if !errors.Is(oneErr, errBroken) || !errors.Is(allErr, errBroken) {
			t.Errorf("failed with %v and %v", oneErr, allErr)
		}
		if found, inbox := o.inboxOf(t, grace); inbox.Unread != 1 || !found[0].Unread() {
			t.Errorf("the inbox is %+v", inbox)
		}
	})
}
