-- Locked accounts: who may not sign in for now, and since when.
--
-- The view leaves them out, so that to core/auth a locked user is nobody: a
-- session that was begun in the very moment of the lock is no session either.

-- +goose Up
alter table accounts_users add column locked_at timestamptz; -- null: not locked

create or replace view auth_users as
    select id, email, name, roles from accounts_users where locked_at is null;

-- +goose Down
create or replace view auth_users as
    select id, email, name, roles from accounts_users;

alter table accounts_users drop column locked_at;
