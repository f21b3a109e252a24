package accounts

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/database"
)

// NewPostgresUsers keeps users in the table accounts_users.
func NewPostgresUsers(db *database.DB) Users { return &postgresUsers{db: db} }

type postgresUsers struct{ db *database.DB }

const userColumns = `id::text, email, name, password_hash, roles, created_at, updated_at, coalesce(locked_at, ` + never + `), coalesce(verified_at, ` + never + `)`

// never is the zero time.Time, which is a null in the table.
const never = `timestamptz '0001-01-01 00:00:00+00'`

func (p *postgresUsers) UserByID(ctx context.Context, id string) (auth.User, error) {
	user, err := p.findByID(ctx, `select `+userColumns+` from accounts_users where id = $1 and locked_at is null`, id)
	if err != nil {
		return auth.User{}, err
	}
	return user.Identity(), nil
}

func (p *postgresUsers) Create(ctx context.Context, user User) (bool, error) {
	const query = `
		insert into accounts_users (id, email, name, password_hash, roles, search_text, created_at, updated_at, locked_at, verified_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, nullif($9, ` + never + `), nullif($10, ` + never + `))
		on conflict (email) do nothing`
	tag, err := p.db.Exec(ctx, query, user.ID, user.Email, user.Name, user.PasswordHash, user.Roles,
		user.searchText(), user.CreatedAt, user.UpdatedAt, user.LockedAt, user.VerifiedAt)
	if err != nil {
		return false, fmt.Errorf("create user: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}

func (p *postgresUsers) Find(ctx context.Context, id string) (User, error) {
	return p.findByID(ctx, `select `+userColumns+` from accounts_users where id = $1`, id)
}

func (p *postgresUsers) FindMany(ctx context.Context, ids []string) ([]User, error) {
	possible := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return uuid.Validate(id) != nil })
	if len(possible) == 0 {
		return nil, nil
	}
	return p.many(ctx, `select `+userColumns+` from accounts_users where id = any($1::uuid[])`, possible)
}

func (p *postgresUsers) FindByEmail(ctx context.Context, email string) (User, error) {
	return p.one(ctx, `select `+userColumns+` from accounts_users where email = $1`, email)
}

func (p *postgresUsers) FindForUpdate(ctx context.Context, id string) (User, error) {
	return p.findByID(ctx, `select `+userColumns+` from accounts_users where id = $1 for update`, id)
}

func (p *postgresUsers) AdminsForUpdate(ctx context.Context) ([]string, error) {
	const query = `select id::text from accounts_users where $1 = any(roles) and locked_at is null order by id for update`
	rows, err := p.db.Query(ctx, query, auth.RoleAdmin)
	if err != nil {
		return nil, fmt.Errorf("find administrators: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("find administrators: %w", err)
	}
	return ids, nil
}

func (p *postgresUsers) Save(ctx context.Context, user User) error {
	const query = `
		update accounts_users
		set email = $2, name = $3, password_hash = $4, roles = $5, search_text = $6, updated_at = $7,
		    locked_at = nullif($8, ` + never + `), verified_at = nullif($9, ` + never + `)
		where id = $1`
	tag, err := p.db.Exec(ctx, query, user.ID, user.Email, user.Name, user.PasswordHash, user.Roles,
		user.searchText(), user.UpdatedAt, user.LockedAt, user.VerifiedAt)
	if err != nil {
		return fmt.Errorf("save user %s: %w", user.ID, err)
	}
	if tag.RowsAffected() == 0 {
		return errNoSuchUser
	}
	return nil
}

func (p *postgresUsers) Delete(ctx context.Context, id string) error {
	tag, err := p.db.Exec(ctx, `delete from accounts_users where id = $1`, id)
	if err != nil {
		return fmt.Errorf("delete user %s: %w", id, err)
	}
	if tag.RowsAffected() == 0 {
		return errNoSuchUser
	}
	return nil
}

// List reads the whole table to search in it; ids are made in the order of
// time, so that the primary key serves the order.
func (p *postgresUsers) List(ctx context.Context, query UsersQuery) ([]User, error) {
	const columns = `select ` + userColumns + ` from accounts_users where search_text like $1 escape '\'`
	pattern := "%" + likeLiteral.Replace(query.Search) + "%"
	switch {
	case query.NewerThan != "":
		users, err := p.many(ctx, columns+` and id > $2 order by id limit $3`, pattern, query.NewerThan, query.Limit)
		slices.Reverse(users)
		return users, err
	case query.OlderThan != "":
		return p.many(ctx, columns+` and id < $2 order by id desc limit $3`, pattern, query.OlderThan, query.Limit)
	default:
		return p.many(ctx, columns+` order by id desc limit $2`, pattern, query.Limit)
	}
}

func (p *postgresUsers) ListIDs(ctx context.Context, after string, limit int) ([]string, error) {
	if after == "" {
		after = uuid.Nil.String()
	}
	return p.ids(ctx, `select id::text from accounts_users where id > $1 order by id limit $2`, after, limit)
}

func (p *postgresUsers) FindGone(ctx context.Context, ids []string) ([]string, error) {
	const query = `
		select asked.id::text from unnest($1::uuid[]) as asked (id)
		where not exists (select from accounts_users where accounts_users.id = asked.id)`
	return p.ids(ctx, query, ids)
}

func (p *postgresUsers) ids(ctx context.Context, query string, args ...any) ([]string, error) {
	rows, err := p.db.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("find ids of users: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("find ids of users: %w", err)
	}
	return ids, nil
}

var likeLiteral = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// findByID spares the database ids that cannot be one.
func (p *postgresUsers) findByID(ctx context.Context, query, id string) (User, error) {
	if uuid.Validate(id) != nil {
		return User{}, errNoSuchUser
	}
	return p.one(ctx, query, id)
}

func (p *postgresUsers) one(ctx context.Context, query string, args ...any) (User, error) {
	users, err := p.many(ctx, query, args...)
	if err != nil {
		return User{}, err
	}
	if len(users) == 0 {
		return User{}, errNoSuchUser
	}
	return users[0], nil
}

func (p *postgresUsers) many(ctx context.Context, query string, args ...any) ([]User, error) {
	rows, err := p.db.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("find users: %w", err)
	}
	users, err := pgx.CollectRows(rows, pgx.RowToStructByPos[User])
	if err != nil {
		return nil, fmt.Errorf("find users: %w", err)
	}
	return users, nil
}
