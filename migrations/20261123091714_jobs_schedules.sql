-- +goose Up
-- The last tick of each schedule. The process that advances it enqueues the job.
create table jobs_schedules (
	schedule  text primary key,
	last_tick timestamptz not null
);

-- +goose Down
drop table jobs_schedules;
