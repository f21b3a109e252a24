-- Subscriptions to the weekly digest. features/notifications owns this table.

-- +goose Up

-- A reader without a row isn't subscribed. key unsubscribes without signing in;
-- it never changes, so that links in old emails keep working. week is the Monday
-- of the last digest that was handled: sent, or skipped because it was empty.
create table notifications_digests (
    user_id    uuid    primary key,
    subscribed boolean not null,
    key        text    not null,
    week       date,
    constraint notifications_digests_key_key unique (key)
);

create index notifications_digests_subscribed_idx on notifications_digests (user_id) where subscribed;

-- +goose Down
drop table notifications_digests;
