package auth_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/database"
	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/core/fault"
	"example.com/pergola/migrations"
)

// fixture is a store on its own database.
type fixture struct {
	db    *database.DB
	store *auth.Store
}

func newFixture(t *testing.T) fixture {
	db := databasetest.New(t, migrations.FS)
	return fixture{db: db, store: auth.NewStore(db)}
}

func exec(t testing.TB, db *database.DB, sql string, args ...any) {
	t.Helper()
	if _, err := db.Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

func insertUser(t testing.TB, db *database.DB, user auth.User) {
	t.Helper()
	exec(t, db, `insert into accounts_users (id, email, name, roles, search_text, created_at, updated_at)
		values ($1, $2, $3, $4, '', now(), now())`, user.ID, user.Email, user.Name, append([]string{}, user.Roles...))
}

func deleteUser(t testing.TB, db *database.DB, id string) {
	t.Helper()
	exec(t, db, `delete from accounts_users where id = $1`, id)
}

// noon is a time that Postgres stores exactly.
var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func newID() string { return uuid.Must(uuid.NewV7()).String() }

func (s fixture) newUser(t *testing.T) auth.User {
	t.Helper()
	id := newID()
	user := auth.User{ID: id, Email: id + "@example.com", Name: "Ada", Roles: []string{auth.RoleReader, auth.RoleEditor}}
	insertUser(t, s.db, user)
	return user
}

// newRecord creates a session of the user whose token hash is its id.
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

func (s fixture) insert(t *testing.T, records ...auth.Record) {
	t.Helper()
	for _, record := range records {
		if err := s.store.Insert(t.Context(), record); err != nil {
			t.Fatalf("Insert: %v", err)
		}
	}
}

func (s fixture) exists(t *testing.T, record auth.Record) bool {
	t.Helper()
	_, _, err := s.store.Find(t.Context(), record.TokenHash, noon)
	if err != nil && !errors.Is(err, fault.NotFound) {
		t.Fatalf("Find: %v", err)
	}
	return err == nil
}

func TestStore_findsASessionWithItsUser(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
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
}

func TestStore_findsAVisitorsSession(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	record := newRecord("", noon)
	s.insert(t, record)

	_, user, err := s.store.Find(t.Context(), record.TokenHash, noon)

	if err != nil || user.SignedIn() {
		t.Errorf("Find = user %+v, %v, want no user", user, err)
	}
}

func TestStore_doesNotFindInvalidSessions(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	leaver, stayer := s.newUser(t), s.newUser(t)
	left, stays := newRecord(leaver.ID, noon), newRecord(stayer.ID, noon)
	s.insert(t, left, stays)
	deleteUser(t, s.db, leaver.ID)

	for name, find := range map[string]struct {
		token []byte
		now   time.Time
	}{
		"an unknown token":                 {[]byte("unknown"), noon},
		"a session that expires now":       {stays.TokenHash, stays.ExpiresAt},
		"a session whose user was deleted": {left.TokenHash, noon},
		"a prefix of a token":              {stays.TokenHash[:8], noon},
	} {
		if _, _, err := s.store.Find(t.Context(), find.token, find.now); !errors.Is(err, fault.NotFound) {
			t.Errorf("%s: Find = %v, want fault.NotFound", name, err)
		}
	}
}

func TestStore_updatesASessionOnlyWithItsCurrentToken(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
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
		t.Error("the old token is still valid")
	}
	if err := s.store.Update(t.Context(), before, before.TokenHash); !errors.Is(err, fault.NotFound) {
		t.Errorf("Update with an old token = %v, want fault.NotFound", err)
	}
}

func TestStore_doesNotRestoreAnEndedSession(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
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
		t.Errorf("second Delete: %v, want nil", err)
	}
}

func TestStore_listsActiveSessionsNewestFirst(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	ada, grace := s.newUser(t), s.newUser(t)
	older, newer := newRecord(ada.ID, noon), newRecord(ada.ID, noon.Add(time.Minute))
	s.insert(t, older, newer, newRecord(ada.ID, noon.Add(-2*time.Hour)), newRecord(grace.ID, noon), newRecord("", noon))

	got, err := s.store.ListByUser(t.Context(), ada.ID, noon)

	if err != nil || len(got) != 2 || got[0].ID != newer.ID || got[1].ID != older.ID {
		t.Errorf("ListByUser = %+v, %v, want %s and %s", got, err, newer.ID, older.ID)
	}
}

func TestStore_endsOnlySessionsOfTheUser(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	ada, grace := s.newUser(t), s.newUser(t)
	record := newRecord(ada.ID, noon)
	s.insert(t, record)

	for _, wrong := range []struct{ userID, id string }{{grace.ID, record.ID}, {ada.ID, newID()}, {ada.ID, "garbage"}, {ada.ID, ""}} {
		if err := s.store.End(t.Context(), wrong.userID, wrong.id); !errors.Is(err, fault.NotFound) {
			t.Errorf("End(%q, %q) = %v, want fault.NotFound", wrong.userID, wrong.id, err)
		}
	}
	if !s.exists(t, record) {
		t.Fatal("another user ended the session")
	}
	if err := s.store.End(t.Context(), ada.ID, record.ID); err != nil || s.exists(t, record) {
		t.Errorf("End = %v and the session still exists: %v", err, s.exists(t, record))
	}
}

func TestStore_endsAllOrOtherSessions(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
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
		t.Errorf("EndAllOf = %v and the session still exists: %v", err, s.exists(t, here))
	}
	if !s.exists(t, hers) {
		t.Error("another user's session was ended")
	}
}

func TestStore_deletesExpiredSessionsInBatches(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	active := newRecord("", noon)
	s.insert(t, active)
	for range 5 {
		s.insert(t, newRecord("", noon.Add(-2*time.Hour)))
	}

	for _, want := range []int{2, 2, 1, 0} {
		if got, err := s.store.DeleteExpired(t.Context(), noon, 2); err != nil || got != want {
			t.Errorf("DeleteExpired = %d, %v, want %d", got, err, want)
		}
	}

	if !s.exists(t, active) {
		t.Error("an active session was deleted")
	}
}

func TestStore_joinsTheTransaction(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	user := s.newUser(t)
	kept, ended, deleted, inserted := newRecord(user.ID, noon), newRecord(user.ID, noon), newRecord(user.ID, noon), newRecord(user.ID, noon)
	s.insert(t, kept, ended, deleted)
	renewed := kept
	renewed.TokenHash = []byte("renewed")
	errBack := errors.New("back")

	err := s.db.InTx(t.Context(), func(ctx context.Context) error {
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
}

func TestStore_returnsTheCurrentRoles(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	user := s.newUser(t)
	record := newRecord(user.ID, noon)
	s.insert(t, record)
	deleteUser(t, s.db, user.ID)
	user.Roles = []string{auth.RoleReader}
	insertUser(t, s.db, user)

	_, got, err := s.store.Find(t.Context(), record.TokenHash, noon)

	if err != nil || got.HasRole(auth.RoleEditor) {
		t.Errorf("Find = roles %v, %v, want the current ones: %v", got.Roles, err, user.Roles)
	}
}
