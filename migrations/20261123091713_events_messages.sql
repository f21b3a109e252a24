-- +goose Up
-- What was published. Each delivery carries a copy of what it needs, so rows
-- here may be removed at any time.
create table events_messages (
	id           uuid primary key,
	event        text not null,
	key          text not null,
	payload      jsonb not null,
	published_at timestamptz not null
);

create index events_messages_by_time on events_messages (published_at);

-- Deliveries of events with an order that are not finished: each handler gets
-- those of one key one after the other, by place. A place is drawn under the
-- lock of the key, so that places follow the commits.
create sequence events_places;

create table events_lanes (
	job_id  bigint primary key,
	handler text not null,
	key     text not null,
	place   bigint not null default nextval('events_places')
);

create unique index events_lanes_in_order on events_lanes (handler, key, place);

-- +goose Down
drop table events_lanes;
drop sequence events_places;
drop table events_messages;
