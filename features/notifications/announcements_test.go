package notifications_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"example.com/pergola/features/notifications"
)

func announcementAt(title string, at time.Time) notifications.Announcement {
	return notifications.Announcement{ID: uuid.NewString(), Title: title, Text: "In full", SenderID: alan.ID, SenderName: "Alan", SentAt: at}
}

func TestAnnouncements_keepTheFirstWithAnID(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	first := announcementAt("First", march)
	second := first
	second.Title = "Second"

	stored, added, err := s.announcements.Add(t.Context(), first)
	if err != nil || !added || stored != first {
		t.Errorf("the first: %+v, %v, %v", stored, added, err)
	}
	stored, added, err = s.announcements.Add(t.Context(), second)
	if err != nil || added || stored != first {
		t.Errorf("the second: %+v, %v, %v; want the first unchanged", stored, added, err)
	}
}

func TestAnnouncements_listNewestFirst(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	for i := range 4 {
		if _, _, err := s.announcements.Add(t.Context(), announcementAt(fmt.Sprint(i), march.Add(time.Duration(i)*time.Minute))); err != nil {
			t.Fatal(err)
		}
	}

	latest, err := s.announcements.Latest(t.Context(), 2)

	if err != nil || len(latest) != 2 || latest[0].Title != "3" || latest[1].Title != "2" {
		t.Errorf("the latest are %+v, %v", latest, err)
	}
}

func TestAnnouncements_rollBack(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	errRollback := errors.New("roll back")

	err := s.db.InTx(t.Context(), func(ctx context.Context) error {
		_, _, err := s.announcements.Add(ctx, announcementAt("Gone", march))
		return errors.Join(errRollback, err)
	})

	latest, listErr := s.announcements.Latest(t.Context(), 10)
	if !errors.Is(err, errRollback) || listErr != nil || len(latest) != 0 {
		t.Errorf("failed with %v; left is %v, %v", err, latest, listErr)
	}
}
