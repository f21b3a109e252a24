-- Accounts: who may sign in. features/accounts owns this table.
--
-- Addresses sort and compare byte by byte, so that every server orders the
-- list of users alike; they are stored as normalised by the feature.

-- +goose Up
create table accounts_users (
    id            uuid        primary key,
    email         text        collate "C" not null,
    name          text        not null,
    password_hash text        not null,
    roles         text[]      not null,
    search_text   text        not null, -- address and name in lower case, as the feature writes them
    created_at    timestamptz not null,
    updated_at    timestamptz not null,
    constraint accounts_users_email_key unique (email)
);

-- auth_users is what core/auth knows of users. Whatever becomes of the table,
-- this view keeps these columns: sessions are read through it.
create view auth_users as
    select id, email, name, roles from accounts_users;

-- +goose Down
drop view auth_users;
drop table accounts_users;
