package auth_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/database"
)

func TestStart_deletesExpiredSessions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &countingStore{Store: auth.NewMemoryStore(database.NewMemory(), &memoryUsers{})}
		sessions := auth.NewSessions(store, auth.NoWatcher{}, auth.Options{CleanupInterval: time.Minute})
		for range 3 {
			if err := store.Insert(t.Context(), newRecord("", time.Now())); err != nil { // each lasts an hour
				t.Fatal(err)
			}
		}
		if err := sessions.Start(t.Context()); err != nil {
			t.Fatalf("Start: %v", err)
		}

		time.Sleep(59*time.Minute + time.Second)
		synctest.Wait()
		early := store.deleted.Load()
		time.Sleep(2 * time.Minute)
		synctest.Wait()

		if late := store.deleted.Load(); early != 0 || late != 3 {
			t.Errorf("%d deleted before their end and %d after, want 0 and 3", early, late)
		}
		if err := sessions.Stop(t.Context()); err != nil {
			t.Errorf("Stop: %v", err)
		}
	})
}

func TestStart_goesOnWhenACleanupFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		store := &countingStore{Store: auth.NewMemoryStore(database.NewMemory(), &memoryUsers{}), err: errDown}
		sessions := auth.NewSessions(store, auth.NoWatcher{}, auth.Options{
			CleanupInterval: time.Minute, Logger: slog.New(slog.NewTextHandler(&log, nil)),
		})
		if err := sessions.Start(t.Context()); err != nil {
			t.Fatalf("Start: %v", err)
		}
		if sessions.Start(t.Context()) == nil {
			t.Error("a second Start is no error")
		}

		time.Sleep(150 * time.Second)
		synctest.Wait()

		if got := strings.Count(log.String(), "expired sessions were not deleted"); got != 2 {
			t.Errorf("%d complaints in the log, want one for each of 2 cleanups:\n%s", got, log.String())
		}
		if err := sessions.Stop(t.Context()); err != nil {
			t.Errorf("Stop: %v", err)
		}
	})
}

func TestStop_withoutStartDoesNothing(t *testing.T) {
	t.Parallel()
	sessions := auth.NewSessions(auth.NewMemoryStore(database.NewMemory(), &memoryUsers{}), auth.NoWatcher{}, auth.Options{})

	if err := sessions.Stop(t.Context()); err != nil {
		t.Errorf("Stop: %v", err)
	}
}

// countingStore counts what cleanups delete.
type countingStore struct {
	auth.Store
	deleted atomic.Int64
	err     error
}

func (s *countingStore) DeleteExpired(ctx context.Context, now time.Time, limit int) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	deleted, err := s.Store.DeleteExpired(ctx, now, limit)
	s.deleted.Add(int64(deleted))
	return deleted, err
}
