-- What readers were told. features/notifications owns these tables.
--
-- user_id is a user of features/accounts, without a foreign key: another
-- feature's table is not this one's business. Inboxes of users who are gone
-- are looked for once a day.

-- +goose Up

-- How a reader's notifications stand. A reader without a row has none, and
-- wants everything. Whoever changes a reader's notifications changes this row
-- in the same transaction, so that unread is right and revision tells the
-- order of the changes.
create table notifications_inboxes (
    user_id      uuid    primary key,
    unread       integer not null default 0,
    revision     bigint  not null default 0,
    new_articles boolean not null default true,
    constraint notifications_inboxes_unread_check check (unread >= 0)
);

-- The ids of a reader rise with time: they are the order of the list. The
-- unique constraint keeps a reader from being told of one source twice.
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
