-- +goose Up
-- Messages between processes that are too large for a notification. They are
-- read within moments and removed after a minute; a crash may empty the table.
create unlogged table realtime_parcels (
	id      uuid primary key,
	message bytea not null,
	sent_at timestamptz not null default now()
);

create index realtime_parcels_by_time on realtime_parcels (sent_at);

-- +goose Down
drop table realtime_parcels;
