-- Sessions: who is signed in where. core/auth owns this table.
--
-- user_id is null for a visitor who isn't signed in. It refers to the view
-- auth_users without a foreign key, because core/auth knows no feature's tables.
-- A session whose user was deleted is invalid.

-- +goose Up
create table auth_sessions (
    id         uuid        primary key,
    user_id    uuid,
    token_hash bytea       not null,
    data       bytea       not null,
    user_agent text        not null,
    ip         text        not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    constraint auth_sessions_token_hash_key unique (token_hash)
);

create index auth_sessions_user_id_idx on auth_sessions (user_id) where user_id is not null;
create index auth_sessions_expires_at_idx on auth_sessions (expires_at);

-- +goose Down
drop table auth_sessions;
