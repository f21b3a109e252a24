package auth_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/database"
	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/core/fault"
	"example.com/pergola/migrations"
)

// storage is a store with what its tests need around it.
type storage struct {
	store   auth.Store
	tx      database.Transactor
	addUser func(t *testing.T, user auth.User)
	delUser func(t *testing.T, id string)
}

var storages = map[string]func(t *testing.T) storage{
	"memory":   memoryStorage,
	"postgres": postgresStorage,
}

func memoryStorage(t *testing.T) storage {
	mem, users := database.NewMemory(), &memoryUsers{}
	return storage{
		store:   auth.NewMemoryStore(mem, users),
		tx:      mem,
		addUser: func(_ *testing.T, user auth.User) { users.byID.Store(user.ID, user) },
		delUser: func(_ *testing.T, id string) { users.byID.Delete(id) },
	}
}

type memoryUsers struct{ byID sync.Map }

func (m *memoryUsers) UserByID(_ context.Context, id string) (auth.User, error) {
	user, ok := m.byID.Load(id)
	if !ok {
		return auth.User{}, fault.NotFound.New("There is no such user.")
	}
	return user.(auth.User), nil
}

func postgresStorage(t *testing.T) storage {
	db := databasetest.New(t, migrations.FS)
	exec := func(t *testing.T, sql string, args ...any) {
		t.Helper()
		if _, err := db.Exec(t.Context(), sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	return storage{
		store: auth.NewPostgresStore(db),
		tx:    db,
		addUser: func(t *testing.T, user auth.User) {
			exec(t, `insert into accounts_users (id, email, name, roles, search_text, created_at, updated_at)
				values ($1, $2, $3, $4, '', now(), now())`, user.ID, user.Email, user.Name, user.Roles)
		},
		delUser: func(t *testing.T, id string) { exec(t, `delete from accounts_users where id = $1`, id) },
	}
}

// onEveryStorage runs the test on all stores.
func onEveryStorage(t *testing.T, test func(t *testing.T, s storage)) {
	t.Helper()
	for name, make := range storages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, make(t))
		})
	}
}

// noon is a moment that Postgres keeps as it is.
var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func newID() string { return uuid.Must(uuid.NewV7()).String() }

func (s storage) newUser(t *testing.T) auth.User {
	t.Helper()
	id := newID()
	user := auth.User{ID: id, Email: id + "@example.com", Name: "Ada", Roles: []string{auth.RoleReader, auth.RoleEditor}}
	s.addUser(t, user)
	return user
}

// newRecord makes a session of the user that has its id as its token.
func newRecord(userID string, created time.Time) auth.Record {
	id := newID()
	return auth.Record{
		Session: auth.Session{
			ID: id, UserID: userID, CreatedAt: created, ExpiresAt: created.Add(time.Hour), UserAgent: "Firefox", IP: "192.0.2.1",
		},
		TokenHash: []byte(id),
		Data:      []byte("{}"),
	}
}

func (s storage) insert(t *testing.T, records ...auth.Record) {
	t.Helper()
	for _, record := range records {
		if err := s.store.Insert(t.Context(), record); err != nil {
			t.Fatalf("Insert: %v", err)
		}
	}
}

func (s storage) exists(t *testing.T, record auth.Record) bool {
	t.Helper()
	_, _, err := s.store.Find(t.Context(), record.TokenHash, noon)
	if err != nil && !errors.Is(err, fault.NotFound) {
		t.Fatalf("Find: %v", err)
	}
	return err == nil
}

func TestStore_findsASessionWithItsUser(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		user := s.newUser(t)
		want := newRecord(user.ID, noon)
		s.insert(t, want)

		got, gotUser, err := s.store.Find(t.Context(), want.TokenHash, noon)

		if err != nil {
			t.Fatalf("Find: %v", err)
		}
		got.CreatedAt, got.ExpiresAt = got.CreatedAt.UTC(), got.ExpiresAt.UTC()
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("Find = %+v, want %+v", got, want)
		}
		if fmt.Sprint(gotUser) != fmt.Sprint(user) {
			t.Errorf("Find found user %+v, want %+v", gotUser, user)
		}
	})
}

func TestStore_findsAVisitorsSessionWithoutAUser(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		record := newRecord("", noon)
		s.insert(t, record)

		_, user, err := s.store.Find(t.Context(), record.TokenHash, noon)

		if err != nil || user.SignedIn() {
			t.Errorf("Find = user %+v, %v, want nobody", user, err)
		}
	})
}

func TestStore_doesNotFind(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		leaver, stayer := s.newUser(t), s.newUser(t)
		left, stays := newRecord(leaver.ID, noon), newRecord(stayer.ID, noon)
		s.insert(t, left, stays)
		s.delUser(t, leaver.ID)

		for name, find := range map[string]struct {
			token []byte
			now   time.Time
		}{
			"an unknown token":                 {[]byte("unknown"), noon},
			"a session at its very end":        {stays.TokenHash, stays.ExpiresAt},
			"a session whose user is gone":     {left.TokenHash, noon},
			"a token that is only a beginning": {stays.TokenHash[:8], noon},
		} {
			if _, _, err := s.store.Find(t.Context(), find.token, find.now); !errors.Is(err, fault.NotFound) {
				t.Errorf("%s: Find = %v, want fault.NotFound", name, err)
			}
		}
	})
}

func TestStore_updatesASessionThatHasTheTokenItWasFoundWith(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		before := newRecord("", noon)
		s.insert(t, before)
		after := before
		after.TokenHash, after.Data, after.ExpiresAt = []byte("renewed"), []byte(`{"flash":"Saved."}`), noon.Add(2*time.Hour)

		if err := s.store.Update(t.Context(), after, before.TokenHash); err != nil {
			t.Fatalf("Update: %v", err)
		}

		got, _, err := s.store.Find(t.Context(), after.TokenHash, noon.Add(90*time.Minute))
		if err != nil || string(got.Data) != string(after.Data) {
			t.Errorf("Find = %q, %v, want %q", got.Data, err, after.Data)
		}
		if s.exists(t, before) {
			t.Error("the old token is still good")
		}
		if err := s.store.Update(t.Context(), before, before.TokenHash); !errors.Is(err, fault.NotFound) {
			t.Errorf("Update with a token of yesterday = %v, want fault.NotFound", err)
		}
	})
}

func TestStore_doesNotBringBackAnEndedSession(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		record := newRecord("", noon)
		s.insert(t, record)
		if err := s.store.Delete(t.Context(), record.ID); err != nil {
			t.Fatalf("Delete: %v", err)
		}

		err := s.store.Update(t.Context(), record, record.TokenHash)

		if !errors.Is(err, fault.NotFound) || s.exists(t, record) {
			t.Errorf("Update of an ended session = %v, want fault.NotFound", err)
		}
		if err := s.store.Delete(t.Context(), record.ID); err != nil {
			t.Errorf("second Delete: %v, want nothing", err)
		}
	})
}

func TestStore_listsTheLivingSessionsOfAUserNewestFirst(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		ada, grace := s.newUser(t), s.newUser(t)
		older, newer := newRecord(ada.ID, noon), newRecord(ada.ID, noon.Add(time.Minute))
		s.insert(t, older, newer, newRecord(ada.ID, noon.Add(-2*time.Hour)), newRecord(grace.ID, noon), newRecord("", noon))

		got, err := s.store.ListByUser(t.Context(), ada.ID, noon)

		if err != nil || len(got) != 2 || got[0].ID != newer.ID || got[1].ID != older.ID {
			t.Errorf("ListByUser = %+v, %v, want %s and %s", got, err, newer.ID, older.ID)
		}
	})
}

func TestStore_endsOnlyOnesOwnSessions(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		ada, grace := s.newUser(t), s.newUser(t)
		record := newRecord(ada.ID, noon)
		s.insert(t, record)

		for _, wrong := range []struct{ userID, id string }{{grace.ID, record.ID}, {ada.ID, newID()}, {ada.ID, "garbage"}, {ada.ID, ""}} {
			if err := s.store.End(t.Context(), wrong.userID, wrong.id); !errors.Is(err, fault.NotFound) {
				t.Errorf("End(%q, %q) = %v, want fault.NotFound", wrong.userID, wrong.id, err)
			}
		}
		if !s.exists(t, record) {
			t.Fatal("a stranger ended the session")
		}
		if err := s.store.End(t.Context(), ada.ID, record.ID); err != nil || s.exists(t, record) {
			t.Errorf("End = %v and the session is still there: %v", err, s.exists(t, record))
		}
	})
}

func TestStore_endsAllOrAllOtherSessions(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		ada, grace := s.newUser(t), s.newUser(t)
		here, there, elsewhere := newRecord(ada.ID, noon), newRecord(ada.ID, noon), newRecord(ada.ID, noon)
		hers := newRecord(grace.ID, noon)
		s.insert(t, here, there, elsewhere, hers)

		ended, err := s.store.EndOthers(t.Context(), ada.ID, here.ID)

		slices.Sort(ended)
		if want := []string{there.ID, elsewhere.ID}; err != nil || !slices.Equal(ended, want) {
			t.Errorf("EndOthers = %v, %v, want %v", ended, err, want)
		}
		if !s.exists(t, here) || s.exists(t, there) || s.exists(t, elsewhere) {
			t.Error("EndOthers ended the wrong sessions")
		}
		if err := s.store.EndAllOf(t.Context(), ada.ID); err != nil || s.exists(t, here) {
			t.Errorf("EndAllOf = %v and the session is still there: %v", err, s.exists(t, here))
		}
		if !s.exists(t, hers) {
			t.Error("another user's session was ended")
		}
	})
}

func TestStore_deletesExpiredSessionsInBatches(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		living := newRecord("", noon)
		s.insert(t, living)
		for range 5 {
			s.insert(t, newRecord("", noon.Add(-2*time.Hour)))
		}

		for _, want := range []int{2, 2, 1, 0} {
			if got, err := s.store.DeleteExpired(t.Context(), noon, 2); err != nil || got != want {
				t.Errorf("DeleteExpired = %d, %v, want %d", got, err, want)
			}
		}

		if !s.exists(t, living) {
			t.Error("a living session was deleted")
		}
	})
}

func TestStore_joinsTheTransaction(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		user := s.newUser(t)
		kept, ended, deleted, inserted := newRecord(user.ID, noon), newRecord(user.ID, noon), newRecord(user.ID, noon), newRecord(user.ID, noon)
		s.insert(t, kept, ended, deleted)
		renewed := kept
		renewed.TokenHash = []byte("renewed")
		errBack := errors.New("back")

		err := s.tx.InTx(t.Context(), func(ctx context.Context) error {
			return errors.Join(
				s.store.Insert(ctx, inserted),
				s.store.Update(ctx, renewed, kept.TokenHash),
				s.store.End(ctx, user.ID, ended.ID),
				s.store.Delete(ctx, deleted.ID),
				s.store.EndAllOf(ctx, user.ID),
				errBack)
		})

		if fmt.Sprint(err) != errBack.Error() {
			t.Fatalf("InTx = %v, want only %q", err, errBack)
		}
		for name, got := range map[string]bool{
			"kept": s.exists(t, kept), "ended": s.exists(t, ended), "deleted": s.exists(t, deleted),
			"inserted": !s.exists(t, inserted), "renewed": !s.exists(t, renewed),
		} {
			if !got {
				t.Errorf("the session %s was not rolled back", name)
			}
		}
	})
}

func TestStore_showsTheRolesOfNow(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		user := s.newUser(t)
		record := newRecord(user.ID, noon)
		s.insert(t, record)
		s.delUser(t, user.ID)
		user.Roles = []string{auth.RoleReader}
		s.addUser(t, user)

		_, got, err := s.store.Find(t.Context(), record.TokenHash, noon)

		if err != nil || got.HasRole(auth.RoleEditor) {
			t.Errorf("Find = roles %v, %v, want those of now: %v", got.Roles, err, user.Roles)
		}
	})
}
