package notifications_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/auth/authtest"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/fault/faulttest"
	"example.com/pergola/core/realtime/realtimetest"
	"example.com/pergola/features/notifications"
)

func TestSendAnnouncement_reachesOpenPagesAndInboxes(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	o := newFixture(s)

	sent := o.announce(t, "  Down   on Sunday ", "From 8\r\nto 9\n")

	toast := notifications.AnnouncementToast{ID: sent.ID, Title: "Down on Sunday", Text: "From 8\nto 9", SenderName: "Alan", SentAt: sent.SentAt}
	if got := realtimetest.Broadcasts(o.rt, notifications.AnnouncementsChannel); len(got) != 1 || got[0] != toast {
		t.Errorf("open pages received\n%+v, want\n%+v", got, toast)
	}
	for _, reader := range []auth.User{ada, grace, alan} {
		found, inbox := o.inboxOf(t, reader)
		if len(found) != 1 || inbox.Unread != 1 || len(o.changes(reader)) != 1 {
			t.Fatalf("%s has %+v, %+v, and received %+v", reader.Name, found, inbox, o.changes(reader))
		}
		want := notifications.Notice{
			Kind: notifications.KindAnnouncement, SourceID: sent.ID, Title: "Down on Sunday", Text: "From 8\nto 9", ActorName: "Alan", At: sent.SentAt,
		}
		if found[0].Notice != want || o.changes(reader)[0].News != "Announcement: Down on Sunday" {
			t.Errorf("%s has\n%+v and received %+v, want\n%+v", reader.Name, found[0].Notice, o.changes(reader)[0], want)
		}
	}
	latest, err := o.ListAnnouncements(authtest.As(t, alan), 10)
	if err != nil || len(latest) != 1 || latest[0] != sent {
		t.Errorf("listed are %+v, %v; want %+v", latest, err, sent)
	}
}

func TestSendAnnouncement_sendsADuplicateOnce(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	o := newFixture(s)
	in := notifications.SendAnnouncementInput{ID: uuid.NewString(), Title: "Down on Sunday"}
	other := in
	other.Title = "Down on Monday"

	_, first := o.SendAnnouncement(authtest.As(t, alan), in)
	_, second := o.SendAnnouncement(authtest.As(t, alan), in)
	_, third := o.SendAnnouncement(authtest.As(t, alan), other)

	if err := errors.Join(first, second); err != nil {
		t.Errorf("sent twice: %v", err)
	}
	faulttest.Want(t, third, fault.Conflict)
	if sent, published := len(o.rt.Messages()), len(o.outbox.Messages()); sent != 1 || published != 1 {
		t.Errorf("broadcast %d times, published %d times; want each once", sent, published)
	}
}

func TestSendAnnouncement_rejects(t *testing.T) {
	t.Parallel()
	o := newFixture(newStores(t))
	good := notifications.SendAnnouncementInput{Title: "Down on Sunday"}

	for name, test := range map[string]struct {
		user  auth.User
		in    notifications.SendAnnouncementInput
		kind  fault.Kind
		field string
	}{
		"a visitor":      {visitor, good, fault.Unauthenticated, ""},
		"an editor":      {ada, good, fault.Forbidden, ""},
		"no title":       {alan, notifications.SendAnnouncementInput{Title: " \n", Text: "Text"}, fault.Invalid, "title"},
		"a long title":   {alan, notifications.SendAnnouncementInput{Title: strings.Repeat("ä", notifications.MaxAnnouncementTitle+1)}, fault.Invalid, "title"},
		"a broken title": {alan, notifications.SendAnnouncementInput{Title: "a\xff"}, fault.Invalid, "title"},
		"a long text":    {alan, notifications.SendAnnouncementInput{Title: "T", Text: strings.Repeat("ä", notifications.MaxAnnouncementText+1)}, fault.Invalid, "text"},
		"a broken text":  {alan, notifications.SendAnnouncementInput{Title: "T", Text: "a\x00b"}, fault.Invalid, "text"},
	} {
		_, err := o.SendAnnouncement(authtest.As(t, test.user), test.in)

		faulttest.Want(t, err, test.kind)
		if fields := fault.Fields(err); test.field != "" && (len(fields) != 1 || fields[0].Name != test.field) {
			t.Errorf("%s: got %+v, want an error about the %s", name, fields, test.field)
		}
	}
	if len(o.rt.Messages()) != 0 || len(o.outbox.Messages()) != 0 {
		t.Error("a rejected announcement was broadcast")
	}
	_, err := o.ListAnnouncements(authtest.As(t, ada), 10)
	faulttest.Want(t, err, fault.Forbidden)
	_, err = o.ListAnnouncements(authtest.As(t, visitor), 10)
	faulttest.Want(t, err, fault.Unauthenticated)
}

func TestSendAnnouncement_rollsBackOnError(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	o := newFixtureWith(s, &brokenBroadcaster{Recorder: realtimetest.NewRecorder()}, nil, nil)

	_, err := o.SendAnnouncement(authtest.As(t, alan), notifications.SendAnnouncementInput{Title: "Down on Sunday"})

	latest, listErr := o.ListAnnouncements(authtest.As(t, alan), 10)
	if !errors.Is(err, errBroken) || listErr != nil || len(latest) != 0 || len(o.outbox.Messages()) != 0 {
		t.Errorf("failed with %v; left is %+v, %v, published %v", err, latest, listErr, o.outbox.Messages())
	}
}
