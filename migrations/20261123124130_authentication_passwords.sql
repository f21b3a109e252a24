-- Passwords, as hashes. A user may have none. user_id is a user of
-- features/accounts, without a foreign key: features don't touch each other's
-- tables.

-- +goose Up
create table authentication_passwords (
    user_id    uuid        primary key,
    hash       text        not null,
    updated_at timestamptz not null
);

-- +goose Down
drop table authentication_passwords;
