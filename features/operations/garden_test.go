package operations_test

import (
	"bytes"
	"context"
	"errors"
	"sync"

	"example.com/pergola/core/events"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/jobs"
)

// plant is what jobs and events of the garden are about.
type plant struct {
	Name string `json:"name" validate:"required"`
}

var (
	waterJob     = jobs.Define[plant]("garden.water", jobs.MaxAttempts(3))
	pruneJob     = jobs.Define[plant]("garden.prune", jobs.OnQueue("tools"), jobs.MaxAttempts(1))
	writeJob     = jobs.Define[plant]("garden.write", jobs.Private())
	plantedEvent = events.Define[plant]("garden.plant.planted")
)

// garden is a feature whose work can be watched: a plant called "weed" is never
// done, one called "stone" fails for good, and one called "slow" waits for the
// release.
type garden struct {
	begun   chan string
	release chan struct{}
}

func (g *garden) manifest() feature.Manifest {
	return feature.Manifest{Name: "garden", Parts: []feature.Part{
		jobs.Jobs{waterJob, pruneJob, writeJob},
		jobs.Handlers{jobs.Handle(waterJob, g.work), jobs.Handle(pruneJob, g.work), jobs.Handle(writeJob, g.work)},
		events.Events{plantedEvent},
		events.Handlers{
			events.Handle(plantedEvent, "garden.dig", g.work),
			events.Handle(plantedEvent, "garden.sing", func(context.Context, plant) error { return nil }),
		},
	}}
}

func (g *garden) work(ctx context.Context, p plant) error {
	switch p.Name {
	case "weed":
		return errors.New("it grows again")
	case "stone":
		return jobs.GiveUp(errors.New("a <stone> is no plant"))
	case "slow":
		g.begun <- p.Name
		select {
		case <-g.release:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// journal is what was logged.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(line []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(line)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}
