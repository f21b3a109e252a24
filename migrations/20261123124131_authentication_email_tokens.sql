-- Links in emails, to reset a password or verify an address. The table stores the
-- hash of a link's secret, never the secret.

-- +goose Up
create table authentication_email_tokens (
    token_hash bytea       primary key,
    purpose    text        not null,
    user_id    uuid        not null,
    email      text        not null, -- the recipient
    expires_at timestamptz not null
);

create index authentication_email_tokens_user_id_idx on authentication_email_tokens (user_id, purpose);
create index authentication_email_tokens_expires_at_idx on authentication_email_tokens (expires_at);

-- +goose Down
drop table authentication_email_tokens;
