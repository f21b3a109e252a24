-- Who wants a mail once a week. features/notifications owns this table.

-- +goose Up

-- A reader without a row wants none. key lets whoever got a mail stop the next
-- ones, signed in or not; it stays the same, so that the link in an old mail
-- goes on working. week is the Monday of the last digest that was decided on:
-- sent, or nothing to tell.
create table notifications_digests (
    user_id uuid    primary key,
    wanted  boolean not null,
    key     text    not null,
    week    date,
    constraint notifications_digests_key_key unique (key)
);

create index notifications_digests_wanted_idx on notifications_digests (user_id) where wanted;

-- +goose Down
drop table notifications_digests;
