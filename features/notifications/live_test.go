package notifications_test

import (
	"errors"
	"testing"

	"example.com/pergola/core/app/apptest"
	"example.com/pergola/core/auth"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/realtime/realtimetest"
	"example.com/pergola/features/notifications"
)

func topicOf(user auth.User) string { return notifications.NotificationsChannel.For(user.ID).Name() }

// Reading on one device updates all devices of the reader, and no one else's.
func TestInbox_staysInStepOnAllDevices(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	phone, laptop, other := s.Socket(grace), s.Socket(grace), s.Socket(alan)
	phone.MustSubscribe(topicOf(grace))
	laptop.MustSubscribe(topicOf(grace))
	other.MustSubscribe(topicOf(alan))
	receive := func(want notifications.InboxChange) notifications.InboxChange {
		t.Helper()
		first := realtimetest.Next(phone, notifications.NotificationsChannel.For(grace.ID)).Payload
		second := realtimetest.Next(laptop, notifications.NotificationsChannel.For(grace.ID)).Payload
		if want.NotificationID == "" {
			want.NotificationID = first.NotificationID
		}
		if first != second || first != want {
			t.Errorf("the phone received %+v, the laptop %+v; want %+v", first, second, want)
		}
		return first
	}

	s.publish(t, "Mulching")
	s.publish(t, "Roses")
	s.publish(t, "Compost")
	first := receive(notifications.InboxChange{Change: notifications.ChangeAdded, Unread: 1, Revision: 1, News: "New article by Ada: Mulching"})
	receive(notifications.InboxChange{Change: notifications.ChangeAdded, Unread: 2, Revision: 2, News: "New article by Ada: Roses"})
	receive(notifications.InboxChange{Change: notifications.ChangeAdded, Unread: 3, Revision: 3, News: "New article by Ada: Compost"})
	for range 3 {
		realtimetest.Next(other, notifications.NotificationsChannel.For(alan.ID))
	}
	reader := s.As(grace)
	reader.Post("/notifications/"+first.NotificationID+"/read", nil)
	receive(notifications.InboxChange{Change: notifications.ChangeRead, Unread: 2, Revision: 4, NotificationID: first.NotificationID})
	reader.Post("/notifications/read-all", nil)
	receive(notifications.InboxChange{Change: notifications.ChangeAllRead, Unread: 0, Revision: 5})

	other.ExpectNothing(topicOf(alan))
	other.ExpectNothing(topicOf(grace))
}

func TestInbox_isPrivateToItsReader(t *testing.T) {
	t.Parallel()
	s := newSite(t)

	if err := s.Socket(alan).Subscribe(topicOf(grace)); !errors.Is(err, fault.Forbidden) {
		t.Errorf("an administrator subscribing to a reader's inbox got %v, want forbidden", err)
	}
	if err := s.Socket(visitor).Subscribe(topicOf(grace)); !errors.Is(err, fault.Unauthenticated) {
		t.Errorf("a visitor subscribing to a reader's inbox got %v, want unauthenticated", err)
	}
}

func TestInbox_acceptsNoMessages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	socket := s.Socket(grace)

	err := socket.Emit(topicOf(grace), notifications.InboxChange{Change: notifications.ChangeAllRead, Revision: 9})

	if err == nil {
		t.Error("a browser could send on the channel")
	}
}

func TestAnnouncements_reachEveryoneWhoIsSignedIn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	channel := notifications.AnnouncementsChannel
	reader, editor := s.Socket(grace), s.Socket(ada)
	reader.MustSubscribe(channel.Spec().Name)
	editor.MustSubscribe(channel.Spec().Name)
	if err := s.Socket(visitor).Subscribe(channel.Spec().Name); !errors.Is(err, fault.Unauthenticated) {
		t.Errorf("a visitor subscribing to announcements got %v, want unauthenticated", err)
	}
	admin := s.As(alan)

	admin.Submit(admin.Get("/admin/announcements"), announcementForm, map[string]string{"title": "Down on Sunday", "text": "From 8 to 9"})

	for _, socket := range []*realtimetest.Client{reader, editor} {
		received := realtimetest.Next(socket, channel).Payload
		if received.Title != "Down on Sunday" || received.Text != "From 8 to 9" || received.SenderName != "Alan" || received.ID == "" || received.SentAt.IsZero() {
			t.Errorf("received %+v", received)
		}
	}
	if err := reader.Emit(channel.Spec().Name, notifications.AnnouncementToast{}); err == nil {
		t.Error("a reader could send an announcement")
	}
}

// With no page open, notifications are on the next page.
func TestInbox_keepsNotificationsOfAnAbsentReader(t *testing.T) {
	t.Parallel()
	s := newWorkingSite(t)

	s.publish(t, "Mulching")
	admin := s.As(alan)
	admin.Submit(admin.Get("/admin/announcements"), announcementForm, map[string]string{"title": "Down on Sunday"})
	s.Drain()

	page := s.As(grace).Get("/notifications")
	apptest.WantText(t, page, "#inbox li[data-unread] h2", "Down on SundayMulching")
	apptest.WantText(t, page, "#bell", "Notifications, 2 unread")
}

func TestRemoveDeletedReaders_runsAsAJob(t *testing.T) {
	t.Parallel()
	s := newWorkingSite(t)
	s.publish(t, "Mulching")
	s.accounts.remove(grace)

	if err := notifications.RemoveDeletedReadersJob.Enqueue(t.Context(), s.Queue, notifications.RemoveDeletedReadersInput{}); err != nil {
		t.Fatal(err)
	}
	s.Drain()

	owners, err := s.inboxes.Owners(t.Context(), "", 10)
	if err != nil || len(owners) != 1 || owners[0] != alan.ID {
		t.Errorf("there are inboxes of %v, %v; want Alan's only", owners, err)
	}
}
