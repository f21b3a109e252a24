// <with:blog/>

package notifications_test

import (
	"errors"
	"testing"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/realtime/realtimetest"
	"example.com/pergola/features/notifications"
)

func topicOf(user auth.User) string { return notifications.NotificationsChannel.For(user.ID).Name() }

// What is read on one device is read on all, and is nobody else's business.
func TestInbox_staysInStepOnAllDevicesOfItsReader(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	phone, laptop, other := s.Socket(grace), s.Socket(grace), s.Socket(alan)
	phone.MustSubscribe(topicOf(grace))
	laptop.MustSubscribe(topicOf(grace))
	other.MustSubscribe(topicOf(alan))
	hear := func(want notifications.InboxChange) notifications.InboxChange {
		t.Helper()
		first := realtimetest.Next(phone, notifications.NotificationsChannel.For(grace.ID)).Payload
		second := realtimetest.Next(laptop, notifications.NotificationsChannel.For(grace.ID)).Payload
		if want.NotificationID == "" {
			want.NotificationID = first.NotificationID
		}
		if first != second || first != want {
			t.Errorf("the phone heard %+v, the laptop %+v; want %+v", first, second, want)
		}
		return first
	}

	s.publish(t, "Mulching")
	s.publish(t, "Roses")
	s.publish(t, "Compost")
	first := hear(notifications.InboxChange{Change: notifications.ChangeAdded, Unread: 1, Revision: 1, News: "New article by Ada: Mulching"})
	hear(notifications.InboxChange{Change: notifications.ChangeAdded, Unread: 2, Revision: 2, News: "New article by Ada: Roses"})
	hear(notifications.InboxChange{Change: notifications.ChangeAdded, Unread: 3, Revision: 3, News: "New article by Ada: Compost"})
	for range 3 {
		realtimetest.Next(other, notifications.NotificationsChannel.For(alan.ID))
	}
	reader := s.As(grace)
	reader.Post("/notifications/"+first.NotificationID+"/read", nil)
	hear(notifications.InboxChange{Change: notifications.ChangeRead, Unread: 2, Revision: 4, NotificationID: first.NotificationID})
	reader.Post("/notifications/read-all", nil)
	hear(notifications.InboxChange{Change: notifications.ChangeAllRead, Unread: 0, Revision: 5})

	other.ExpectNothing(topicOf(alan))
	other.ExpectNothing(topicOf(grace))
}

func TestInbox_isHeardByItsReaderOnly(t *testing.T) {
	t.Parallel()
	s := newSite(t)

	if err := s.Socket(alan).Subscribe(topicOf(grace)); !errors.Is(err, fault.Forbidden) {
		t.Errorf("an administrator subscribing to a reader's inbox got %v, want forbidden", err)
	}
	if err := s.Socket(nobody).Subscribe(topicOf(grace)); !errors.Is(err, fault.Unauthenticated) {
		t.Errorf("a visitor subscribing to a reader's inbox got %v, want unauthenticated", err)
	}
}

func TestInbox_isNotSpokenTo(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	socket := s.Socket(grace)

	err := socket.Emit(topicOf(grace), notifications.InboxChange{Change: notifications.ChangeAllRead, Revision: 9})

	if err == nil {
		t.Error("a browser may say that everything is read")
	}
}

func TestAnnouncements_reachEverybodyWhoIsSignedIn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	channel := notifications.AnnouncementsChannel
	reader, editor := s.Socket(grace), s.Socket(ada)
	reader.MustSubscribe(channel.Spec().Name)
	editor.MustSubscribe(channel.Spec().Name)
	if err := s.Socket(nobody).Subscribe(channel.Spec().Name); !errors.Is(err, fault.Unauthenticated) {
		t.Errorf("a visitor subscribing to announcements got %v, want unauthenticated", err)
	}
	admin := s.As(alan)

	admin.Submit(admin.Get("/admin/announcements"), announcementForm, map[string]string{"title": "Down on Sunday", "text": "From 8 to 9"})

	for _, socket := range []*realtimetest.Client{reader, editor} {
		heard := realtimetest.Next(socket, channel).Payload
		if heard.Title != "Down on Sunday" || heard.Text != "From 8 to 9" || heard.SenderName != "Alan" || heard.ID == "" || heard.SentAt.IsZero() {
			t.Errorf("heard %+v", heard)
		}
	}
	if err := reader.Emit(channel.Spec().Name, notifications.AnnouncementToast{}); err == nil {
		t.Error("a reader may announce something")
	}
}

// Nobody has a page open: everything is on it later.
func TestInbox_keepsWhatAReaderMissed(t *testing.T) {
	t.Parallel()
	s := newSite(t)

	s.publish(t, "Mulching")
	admin := s.As(alan)
	admin.Submit(admin.Get("/admin/announcements"), announcementForm, map[string]string{"title": "Down on Sunday"})
	s.Drain()

	page := s.As(grace).Get("/notifications")
	wantText(t, page, "#inbox li[data-unread] h2", "Down on SundayMulching")
	wantText(t, page, "#bell", "Notifications, 2 unread")
}

func TestForgetReaders_runsWithTheJobs(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.publish(t, "Mulching")
	s.people.leave(grace)

	if err := notifications.ForgetReadersJob.Enqueue(t.Context(), s.Queue, notifications.ForgetReaders{}); err != nil {
		t.Fatal(err)
	}
	s.Drain()

	owners, err := s.inboxes.Owners(t.Context(), "", 10)
	if err != nil || len(owners) != 1 || owners[0] != alan.ID {
		t.Errorf("there are inboxes of %v, %v; want Alan's alone", owners, err)
	}
}
