package jobs_test

import (
	"testing"

	"example.com/pergola/core/database"
	"example.com/pergola/core/jobs"
	"example.com/pergola/core/jobs/jobstest"
)

func TestMemory_keepsTheContract(t *testing.T) {
	t.Parallel()
	jobstest.TestWorker(t, func(_ *testing.T, settings jobstest.Settings) jobstest.Subject {
		return jobstest.Subject{
			Worker: jobs.NewMemory(jobs.MemoryOptions{
				Backoff: settings.Backoff, Reporter: settings.Reporter, Queues: settings.Queues,
			}),
			Tx: database.NewMemory(),
		}
	})
}
