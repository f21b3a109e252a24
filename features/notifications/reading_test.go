package notifications_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/uuid"

	"example.com/pergola/core/auth/authtest"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/fault/faulttest"
	"example.com/pergola/core/realtime/realtimetest"
	"example.com/pergola/features/notifications"
)

func TestListNotifications_paginates(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	o := newFixture(s)
	for i := range notifications.NotificationsPerPage + 1 {
		o.publish(t, fmt.Sprintf("Article %d", i))
	}

	first, firstErr := o.ListNotifications(authtest.As(t, grace), notifications.ListNotificationsInput{})
	second, secondErr := o.ListNotifications(authtest.As(t, grace), notifications.ListNotificationsInput{Below: first.Next})

	if err := errors.Join(firstErr, secondErr); err != nil || len(first.Notifications) != notifications.NotificationsPerPage ||
		first.Notifications[0].Title != "Article 20" || titles(second.Notifications) != "[Article 0]" || second.Next != "" {
		t.Errorf("%v: first %s, then %s, then %q", err, titles(first.Notifications), titles(second.Notifications), second.Next)
	}
}

func TestMarkRead_updatesAllOpenPages(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	o := newFixture(s)
	o.publish(t, "Mulching")
	o.publish(t, "Roses")
	found, _ := o.inboxOf(t, grace)

	read, err := o.MarkRead(authtest.As(t, grace), found[1].ID)
	again, againErr := o.MarkRead(authtest.As(t, grace), found[1].ID)

	if err := errors.Join(err, againErr); err != nil || read.Unread() || read.Title != "Mulching" || again != read {
		t.Errorf("%v: read %+v, then %+v", err, read, again)
	}
	sent := o.changes(grace)
	want := notifications.InboxChange{Change: notifications.ChangeRead, Unread: 1, Revision: 3, NotificationID: read.ID}
	if len(sent) != 3 || sent[2] != want {
		t.Errorf("the pages received %+v, want %+v last, once", sent, want)
	}
	if _, inbox := o.inboxOf(t, grace); inbox.Unread != 1 {
		t.Errorf("the inbox is %+v", inbox)
	}
	if _, inbox := o.inboxOf(t, alan); inbox.Unread != 2 || len(o.changes(alan)) != 2 {
		t.Errorf("Alan's inbox is %+v, his pages received %+v", inbox, o.changes(alan))
	}
}

func TestMarkAllRead_updatesAllOpenPages(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	o := newFixture(s)
	o.publish(t, "Mulching")
	o.publish(t, "Roses")

	err := errors.Join(o.MarkAllRead(authtest.As(t, grace)), o.MarkAllRead(authtest.As(t, grace)))

	sent := o.changes(grace)
	want := notifications.InboxChange{Change: notifications.ChangeAllRead, Revision: 3}
	if err != nil || len(sent) != 3 || sent[2] != want {
		t.Errorf("%v: the pages received %+v, want %+v last, once", err, sent, want)
	}
}

func TestMarkRead_rejectsNotificationsOfOthers(t *testing.T) {
	t.Parallel()
	o := newFixture(newStores(t))
	o.publish(t, "Mulching")
	found, _ := o.inboxOf(t, grace)
	before := len(o.rt.Messages())

	for _, id := range []string{found[0].ID, uuid.NewString(), "mulching", ""} {
		_, err := o.MarkRead(authtest.As(t, ada), id)
		faulttest.Want(t, err, fault.NotFound)
	}

	if _, inbox := o.inboxOf(t, grace); inbox.Unread != 1 || len(o.rt.Messages()) != before {
		t.Errorf("Grace's inbox is %+v, and %v was broadcast", inbox, o.rt.Messages()[before:])
	}
}

func TestReaders_mustBeSignedIn(t *testing.T) {
	t.Parallel()
	o := newFixture(newStores(t))
	ctx := authtest.As(t, visitor)

	_, listErr := o.ListNotifications(ctx, notifications.ListNotificationsInput{})
	_, readErr := o.ReadInbox(ctx)
	_, markErr := o.MarkRead(ctx, uuid.NewString())
	for _, err := range []error{listErr, readErr, markErr, o.MarkAllRead(ctx), o.SetPreferences(ctx, notifications.Preferences{})} {
		faulttest.Want(t, err, fault.Unauthenticated)
	}
}

func TestListNotifications_rejectsAnInvalidPage(t *testing.T) {
	t.Parallel()
	o := newFixture(newStores(t))

	_, err := o.ListNotifications(authtest.As(t, grace), notifications.ListNotificationsInput{Below: "page-2"})

	faulttest.Want(t, err, fault.Invalid)
}

func TestMarkRead_rollsBackIfTheBroadcastFails(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	newFixture(s).publish(t, "Mulching")
	o := newFixtureWith(s, &brokenBroadcaster{Recorder: realtimetest.NewRecorder()}, nil, nil)
	found, _ := o.inboxOf(t, grace)

	_, oneErr := o.MarkRead(authtest.As(t, grace), found[0].ID)
	allErr := o.MarkAllRead(authtest.As(t, grace))

	if !errors.Is(oneErr, errBroken) || !errors.Is(allErr, errBroken) {
		t.Errorf("failed with %v and %v", oneErr, allErr)
	}
	if found, inbox := o.inboxOf(t, grace); inbox.Unread != 1 || !found[0].Unread() {
		t.Errorf("the inbox is %+v", inbox)
	}
}
