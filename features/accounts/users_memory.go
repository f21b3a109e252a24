package accounts

import (
	"context"
	"slices"
	"strings"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/database"
	"example.com/pergola/core/fault"
)

// NewMemoryUsers keeps users in memory, for development without a database and
// for tests.
func NewMemoryUsers(mem *database.Memory) Users {
	return &memoryUsers{mem: mem, byID: map[string]User{}}
}

type memoryUsers struct {
	mem  *database.Memory
	byID map[string]User
}

func (m *memoryUsers) UserByID(ctx context.Context, id string) (auth.User, error) {
	user, err := m.Find(ctx, id)
	if err != nil {
		return auth.User{}, err
	}
	if user.Locked() {
		return auth.User{}, errNoSuchUser
	}
	return user.Identity(), nil
}

func (m *memoryUsers) Create(ctx context.Context, user User) (bool, error) {
	defer m.mem.Lock(ctx)()
	for _, other := range m.byID {
		if other.Email == user.Email {
			return false, nil
		}
	}
	m.put(ctx, user)
	return true, nil
}

func (m *memoryUsers) Find(ctx context.Context, id string) (User, error) {
	defer m.mem.Lock(ctx)()
	user, ok := m.byID[id]
	if !ok {
		return User{}, errNoSuchUser
	}
	return copied(user), nil
}

func (m *memoryUsers) FindMany(ctx context.Context, ids []string) ([]User, error) {
	defer m.mem.Lock(ctx)()
	var found []User
	for id, user := range m.byID {
		if slices.Contains(ids, id) {
			found = append(found, copied(user))
		}
	}
	return found, nil
}

func (m *memoryUsers) FindByEmail(ctx context.Context, email string) (User, error) {
	defer m.mem.Lock(ctx)()
	for _, user := range m.byID {
		if user.Email == email {
			return copied(user), nil
		}
	}
	return User{}, errNoSuchUser
}

// FindForUpdate needs no lock of its own: memory has one transaction at a time.
func (m *memoryUsers) FindForUpdate(ctx context.Context, id string) (User, error) {
	return m.Find(ctx, id)
}

func (m *memoryUsers) AdminsForUpdate(ctx context.Context) ([]string, error) {
	defer m.mem.Lock(ctx)()
	var ids []string
	for id, user := range m.byID {
		if user.HasRole(auth.RoleAdmin) && !user.Locked() {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids, nil
}

func (m *memoryUsers) Save(ctx context.Context, user User) error {
	defer m.mem.Lock(ctx)()
	if _, ok := m.byID[user.ID]; !ok {
		return errNoSuchUser
	}
	m.put(ctx, user)
	return nil
}

func (m *memoryUsers) Delete(ctx context.Context, id string) error {
	defer m.mem.Lock(ctx)()
	before, ok := m.byID[id]
	if !ok {
		return errNoSuchUser
	}
	delete(m.byID, id)
	m.mem.OnRollback(ctx, func() { m.byID[id] = before })
	return nil
}

func (m *memoryUsers) List(ctx context.Context, query UsersQuery) ([]User, error) {
	defer m.mem.Lock(ctx)()
	var found []User
	for _, user := range m.byID {
		if query.matches(user) {
			found = append(found, copied(user))
		}
	}
	slices.SortFunc(found, func(a, b User) int { return strings.Compare(b.ID, a.ID) })
	if len(found) <= query.Limit {
		return found, nil
	}
	if query.NewerThan != "" {
		return found[len(found)-query.Limit:], nil
	}
	return found[:query.Limit], nil
}

func (m *memoryUsers) ListIDs(ctx context.Context, after string, limit int) ([]string, error) {
	defer m.mem.Lock(ctx)()
	var ids []string
	for id := range m.byID {
		if id > after {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids[:min(limit, len(ids))], nil
}

func (m *memoryUsers) FindGone(ctx context.Context, ids []string) ([]string, error) {
	defer m.mem.Lock(ctx)()
	var gone []string
	for _, id := range ids {
		if _, ok := m.byID[id]; !ok {
			gone = append(gone, id)
		}
	}
	return gone, nil
}

func (q UsersQuery) matches(user User) bool {
	return strings.Contains(user.searchText(), q.Search) &&
		(q.OlderThan == "" || user.ID < q.OlderThan) &&
		(q.NewerThan == "" || user.ID > q.NewerThan)
}

func (m *memoryUsers) put(ctx context.Context, user User) {
	before, existed := m.byID[user.ID]
	m.byID[user.ID] = copied(user)
	m.mem.OnRollback(ctx, func() {
		if existed {
			m.byID[user.ID] = before
		} else {
			delete(m.byID, user.ID)
		}
	})
}

// copied keeps callers from changing what is stored.
func copied(user User) User {
	user.Roles = slices.Clone(user.Roles)
	return user
}

var errNoSuchUser = fault.NotFound.New("There is no such user.")
