-- The users. Email addresses are normalized by the feature, and sort and compare
-- byte by byte, so that every server sorts the list of users the same way.

-- +goose Up
create table accounts_users (
    id          uuid        primary key,
    email       text        collate "C" not null,
    name        text        not null,
    roles       text[]      not null,
    search_text text        not null, -- address and name in lowercase, written by the feature
    created_at  timestamptz not null,
    updated_at  timestamptz not null,
    locked_at   timestamptz, -- null: not locked
    verified_at timestamptz, -- null: the email address isn't verified
    constraint accounts_users_email_key unique (email)
);

-- auth_users is what core/auth knows of users: sessions are read through it.
-- Whatever happens to the table, the view keeps these columns. Locked users are
-- not in it, so a session that starts while a user is being locked is invalid.
create view auth_users as
    select id, email, name, roles from accounts_users where locked_at is null;

-- +goose Down
drop view auth_users;
drop table accounts_users;
