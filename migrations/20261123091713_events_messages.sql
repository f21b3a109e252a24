-- +goose Up
-- Published events, for inspection. Each delivery has a copy of what it needs,
-- so rows may be removed at any time.
create table events_messages (
	id           uuid primary key,
	event        text not null,
	key          text not null,
	payload      jsonb not null,
	published_at timestamptz not null
);

create index events_messages_by_time on events_messages (published_at);

-- The unfinished deliveries of events with an ordering key: each handler gets
-- those of one key one after the other, by position. Positions are assigned
-- under the lock of the key, so that they follow the commits.
create sequence events_positions;

create table events_ordering (
	job_id   bigint primary key,
	handler  text not null,
	key      text not null,
	position bigint not null default nextval('events_positions')
);

create unique index events_ordering_by_key on events_ordering (handler, key, position);

-- +goose Down
drop table events_ordering;
drop sequence events_positions;
drop table events_messages;
