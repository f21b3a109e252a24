package accounts

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/database"
	"example.com/pergola/core/fault"
)

// Users is the table accounts_users. All methods join the transaction in the
// context. Methods that find one user fail with fault.NotFound if there is
// none.
type Users struct {
	db *database.DB

	roleChanges sync.Mutex // held while the watcher is notified of one
}

// NewUsers returns the store.
func NewUsers(db *database.DB) *Users { return &Users{db: db} }

const userColumns = `id::text, email, name, roles, created_at, updated_at, coalesce(locked_at, ` + never + `), coalesce(verified_at, ` + never + `)`

// never is the zero time.Time, stored as null.
const never = `timestamptz '0001-01-01 00:00:00+00'`

// Create adds a user. It reports false, and adds nothing, if the address is
// taken.
func (s *Users) Create(ctx context.Context, user User) (created bool, err error) {
	const query = `
		insert into accounts_users (id, email, name, roles, search_text, created_at, updated_at, locked_at, verified_at)
		values ($1, $2, $3, $4, $5, $6, $7, nullif($8, ` + never + `), nullif($9, ` + never + `))
		on conflict (email) do nothing`
	tag, err := s.db.Exec(ctx, query, user.ID, user.Email, user.Name, user.Roles,
		user.searchText(), user.CreatedAt, user.UpdatedAt, user.LockedAt, user.VerifiedAt)
	if err != nil {
		return false, fmt.Errorf("create user: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}

// Find finds the user with this ID.
func (s *Users) Find(ctx context.Context, id string) (User, error) {
	return s.findByID(ctx, `select `+userColumns+` from accounts_users where id = $1`, id)
}

// FindMany finds the users with these IDs, in no particular order.
func (s *Users) FindMany(ctx context.Context, ids []string) ([]User, error) {
	valid := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !database.IsUUID(id) })
	if len(valid) == 0 {
		return nil, nil
	}
	return s.many(ctx, `select `+userColumns+` from accounts_users where id = any($1::uuid[])`, valid)
}

// FindByEmail finds the user with this normalized address.
func (s *Users) FindByEmail(ctx context.Context, email string) (User, error) {
	return s.one(ctx, `select `+userColumns+` from accounts_users where email = $1`, email)
}

// FindForUpdate is Find, and locks the row until the end of the transaction.
func (s *Users) FindForUpdate(ctx context.Context, id string) (User, error) {
	return s.findByID(ctx, `select `+userColumns+` from accounts_users where id = $1 for update`, id)
}

// AdminsForUpdate returns the IDs of all administrators whose account isn't
// locked, sorted, and locks their rows until the end of the transaction. Call it
// before FindForUpdate, never after: otherwise two transactions can deadlock.
func (s *Users) AdminsForUpdate(ctx context.Context) ([]string, error) {
	return s.ids(ctx, `select id::text from accounts_users where $1 = any(roles) and locked_at is null order by id for update`, auth.RoleAdmin)
}

// Save updates a user.
func (s *Users) Save(ctx context.Context, user User) error {
	const query = `
		update accounts_users
		set email = $2, name = $3, roles = $4, search_text = $5, updated_at = $6,
		    locked_at = nullif($7, ` + never + `), verified_at = nullif($8, ` + never + `)
		where id = $1`
	tag, err := s.db.Exec(ctx, query, user.ID, user.Email, user.Name, user.Roles,
		user.searchText(), user.UpdatedAt, user.LockedAt, user.VerifiedAt)
	if err != nil {
		return fmt.Errorf("save user %s: %w", user.ID, err)
	}
	if tag.RowsAffected() == 0 {
		return errNoSuchUser
	}
	return nil
}

// Delete deletes a user.
func (s *Users) Delete(ctx context.Context, id string) error {
	tag, err := s.db.Exec(ctx, `delete from accounts_users where id = $1`, id)
	if err != nil {
		return fmt.Errorf("delete user %s: %w", id, err)
	}
	if tag.RowsAffected() == 0 {
		return errNoSuchUser
	}
	return nil
}

// UsersQuery selects the users to list.
type UsersQuery struct {
	Search    string // lowercase; part of an address or a name; "" for all
	OlderThan string // a user's ID: start with the next older user
	NewerThan string // a user's ID: end with the next newer user
	Limit     int
}

// List returns users, newest first. A search scans the table. IDs are time
// ordered, so the primary key provides the order.
func (s *Users) List(ctx context.Context, query UsersQuery) ([]User, error) {
	const columns = `select ` + userColumns + ` from accounts_users where search_text like $1 escape '\'`
	pattern := "%" + likeLiteral.Replace(query.Search) + "%"
	switch {
	case query.NewerThan != "":
		users, err := s.many(ctx, columns+` and id > $2 order by id limit $3`, pattern, query.NewerThan, query.Limit)
		slices.Reverse(users)
		return users, err
	case query.OlderThan != "":
		return s.many(ctx, columns+` and id < $2 order by id desc limit $3`, pattern, query.OlderThan, query.Limit)
	default:
		return s.many(ctx, columns+` order by id desc limit $2`, pattern, query.Limit)
	}
}

// ListIDs returns the IDs of users after this one, sorted.
func (s *Users) ListIDs(ctx context.Context, after string, limit int) ([]string, error) {
	if after == "" {
		after = uuid.Nil.String()
	}
	return s.ids(ctx, `select id::text from accounts_users where id > $1 order by id limit $2`, after, limit)
}

// FindDeleted returns the UUIDs that belong to no user.
func (s *Users) FindDeleted(ctx context.Context, ids []string) ([]string, error) {
	const query = `
		select asked.id::text from unnest($1::uuid[]) as asked (id)
		where not exists (select from accounts_users where accounts_users.id = asked.id)`
	return s.ids(ctx, query, ids)
}

func (s *Users) ids(ctx context.Context, query string, args ...any) ([]string, error) {
	rows, err := s.db.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("find user IDs: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("find user IDs: %w", err)
	}
	return ids, nil
}

var likeLiteral = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// findByID skips the query for an ID that is no UUID.
func (s *Users) findByID(ctx context.Context, query, id string) (User, error) {
	if !database.IsUUID(id) {
		return User{}, errNoSuchUser
	}
	return s.one(ctx, query, id)
}

func (s *Users) one(ctx context.Context, query string, args ...any) (User, error) {
	users, err := s.many(ctx, query, args...)
	if err != nil {
		return User{}, err
	}
	if len(users) == 0 {
		return User{}, errNoSuchUser
	}
	return users[0], nil
}

func (s *Users) many(ctx context.Context, query string, args ...any) ([]User, error) {
	rows, err := s.db.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("find users: %w", err)
	}
	users, err := pgx.CollectRows(rows, pgx.RowToStructByPos[User])
	if err != nil {
		return nil, fmt.Errorf("find users: %w", err)
	}
	return users, nil
}

var errNoSuchUser = fault.NotFound.New("This user doesn't exist.")
