-- Links in letters: who may choose a new password or has shown that an address
-- is theirs. The table holds the hash of what is in the link, never the link.

-- +goose Up
alter table accounts_users add column verified_at timestamptz; -- null: not yet

create table accounts_tokens (
    token_hash bytea       primary key,
    purpose    text        not null,
    user_id    uuid        not null,
    email      text        not null, -- where the link was sent
    expires_at timestamptz not null
);

create index accounts_tokens_user_id_idx on accounts_tokens (user_id, purpose);
create index accounts_tokens_expires_at_idx on accounts_tokens (expires_at);

-- +goose Down
drop table accounts_tokens;
alter table accounts_users drop column verified_at;
