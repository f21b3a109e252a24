-- Announcements from administrators to everyone. features/notifications owns
-- this table. sender_id is a user of features/accounts, without a foreign key.

-- +goose Up
create table notifications_announcements (
    id          uuid        primary key,
    title       text        not null,
    text        text        not null,
    sender_id   uuid        not null,
    sender_name text        not null,
    sent_at     timestamptz not null
);

create index notifications_announcements_sent_idx on notifications_announcements (sent_at desc, id desc);

-- +goose Down
drop table notifications_announcements;
