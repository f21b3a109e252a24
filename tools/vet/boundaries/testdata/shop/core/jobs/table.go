package jobs

const (
	own    = `select id from jobs_schedules join river_job on true`
	others = `select id from events_messages` // want `jobs uses table events_messages`
)
