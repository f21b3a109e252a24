package notifications_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/fault/faulttest"
	"example.com/pergola/features/notifications"
)

const (
	firstWeek  notifications.Week = "2026-03-02"
	secondWeek notifications.Week = "2026-03-09"
)

func want(t testing.TB, s stores, subscribed bool, readerIDs ...string) {
	t.Helper()
	for _, id := range readerIDs {
		if err := s.digests.SetSubscribed(t.Context(), id, subscribed); err != nil {
			t.Fatal(err)
		}
	}
}

func claim(t testing.TB, s stores, readerID string, week notifications.Week) (key string, due bool) {
	t.Helper()
	err := s.db.InTx(t.Context(), func(ctx context.Context) (err error) {
		key, due, err = s.digests.Claim(ctx, readerID, week)
		return err
	})
	if err != nil {
		t.Fatalf("claim the digest of %s: %v", week, err)
	}
	return key, due
}

func wantDue(t testing.TB, s stores, week notifications.Week, want ...string) {
	t.Helper()
	due, err := s.digests.Due(t.Context(), week, "", 10)
	if err != nil || !slices.Equal(due, want) {
		t.Errorf("due in %s: %v, %v; want %v", week, due, err, want)
	}
}

func TestDigests_areDueForSubscribers(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	wantDue(t, s, firstWeek)
	want(t, s, true, alan.ID, grace.ID, ada.ID)
	want(t, s, false, grace.ID)

	wantDue(t, s, firstWeek, ada.ID, alan.ID)
	after, err := s.digests.Due(t.Context(), firstWeek, ada.ID, 10)
	if err != nil || !slices.Equal(after, []string{alan.ID}) {
		t.Errorf("due after Ada: %v, %v", after, err)
	}
	first, err := s.digests.Due(t.Context(), firstWeek, "", 1)
	if err != nil || !slices.Equal(first, []string{ada.ID}) {
		t.Errorf("the first is %v, %v", first, err)
	}
	for reader, want := range map[string]bool{ada.ID: true, grace.ID: false, "01900000-0000-7000-8000-00000000000f": false} {
		if subscribed, err := s.digests.Subscribed(t.Context(), reader); err != nil || subscribed != want {
			t.Errorf("%s is subscribed: %v, %v; want %v", reader, subscribed, err, want)
		}
	}
}

func TestDigests_areClaimedOnceAWeek(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	want(t, s, true, ada.ID)

	key, due := claim(t, s, ada.ID, firstWeek)
	_, again := claim(t, s, ada.ID, firstWeek)
	next, nextDue := claim(t, s, ada.ID, secondWeek)
	_, earlier := claim(t, s, ada.ID, firstWeek)
	_, nobodys := claim(t, s, grace.ID, firstWeek)

	if !due || again || !nextDue || earlier || nobodys || key == "" || key != next {
		t.Errorf("due %v, again %v, next %v, earlier %v, other's %v; keys %q and %q", due, again, nextDue, earlier, nobodys, key, next)
	}
	wantDue(t, s, secondWeek)
	wantDue(t, s, "2026-03-16", ada.ID)
}

func TestDigests_areClaimedByOneOfTwoTransactions(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	want(t, s, true, ada.ID)
	var group sync.WaitGroup
	decided := make(chan bool, 8)
	for range 8 {
		group.Go(func() {
			_, due := claim(t, s, ada.ID, firstWeek)
			decided <- due
		})
	}
	group.Wait()
	close(decided)

	count := 0
	for due := range decided {
		if due {
			count++
		}
	}
	if count != 1 {
		t.Errorf("%d claimed it, want 1", count)
	}
}

func TestDigests_unsubscribeByKey(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	want(t, s, true, ada.ID, grace.ID)
	key, _ := claim(t, s, ada.ID, firstWeek)

	before, beforeErr := s.digests.SubscribedByKey(t.Context(), key)
	err := errors.Join(s.digests.Unsubscribe(t.Context(), key), s.digests.Unsubscribe(t.Context(), key))
	after, afterErr := s.digests.SubscribedByKey(t.Context(), key)

	if err := errors.Join(beforeErr, err, afterErr); err != nil || !before || after {
		t.Errorf("%v: subscribed %v before, %v after", err, before, after)
	}
	wantDue(t, s, secondWeek, grace.ID)
	want(t, s, true, ada.ID)
	if again, _ := claim(t, s, ada.ID, secondWeek); again != key {
		t.Errorf("the key is now %q, want %q unchanged", again, key)
	}
	for _, wrong := range []string{"", "a", strings.Repeat("A", 52), "a\x00b", strings.ToLower(key), key + "A"} {
		faulttest.Want(t, s.digests.Unsubscribe(t.Context(), wrong), fault.NotFound)
		_, err := s.digests.SubscribedByKey(t.Context(), wrong)
		faulttest.Want(t, err, fault.NotFound)
	}
}

func TestDigests_rollBack(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	want(t, s, true, ada.ID, alan.ID)
	errRollback := errors.New("roll back")

	err := s.db.InTx(t.Context(), func(ctx context.Context) error {
		key, _, err := s.digests.Claim(ctx, ada.ID, firstWeek)
		return errors.Join(errRollback, err, s.digests.Unsubscribe(ctx, key), s.digests.SetSubscribed(ctx, grace.ID, true), s.digests.Remove(ctx, []string{alan.ID}))
	})

	if !errors.Is(err, errRollback) {
		t.Errorf("the transaction failed with %v", err)
	}
	wantDue(t, s, firstWeek, ada.ID, alan.ID)
}

func TestDigests_removeAUser(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	want(t, s, true, ada.ID, grace.ID)
	key, _ := claim(t, s, grace.ID, firstWeek)

	err := s.digests.Remove(t.Context(), []string{grace.ID, alan.ID})

	if err != nil {
		t.Error(err)
	}
	wantDue(t, s, secondWeek, ada.ID)
	faulttest.Want(t, s.digests.Unsubscribe(t.Context(), key), fault.NotFound)
}
