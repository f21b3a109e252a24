-- Notifications, by reader. features/notifications owns these tables.
--
-- user_id is a user of features/accounts, without a foreign key: features don't
-- touch each other's tables. A daily job removes the inboxes of deleted users.

-- +goose Up

-- One row for each reader with notifications or changed preferences. Every
-- change of a reader's notifications also updates this row, in the same
-- transaction, so that unread is right and revision orders the changes.
create table notifications_inboxes (
    user_id      uuid    primary key,
    unread       integer not null default 0,
    revision     bigint  not null default 0,
    new_articles boolean not null default true,
    constraint notifications_inboxes_unread_check check (unread >= 0)
);

-- A reader's ids increase over time, and order the list. The unique constraint
-- prevents two notifications of one source.
create table notifications_notifications (
    user_id    uuid        not null references notifications_inboxes (user_id) on delete cascade,
    id         uuid        not null,
    kind       text        not null,
    source_id  uuid        not null,
    title      text        not null,
    text       text        not null,
    url        text        not null,
    actor_name text        not null,
    created_at timestamptz not null,
    read_at    timestamptz,
    primary key (user_id, id),
    constraint notifications_notifications_source_key unique (user_id, source_id)
);

create index notifications_notifications_unread_idx on notifications_notifications (user_id) where read_at is null;

-- +goose Down
drop table notifications_notifications;
drop table notifications_inboxes;
