package main

import (
	"context"
	"time"

	"example.com/pergola/core/database"
	"example.com/pergola/core/events"
	"example.com/pergola/core/feature"
)

// measurement is the payload of both candidates.
type measurement struct {
	Number int    `json:"number" validate:"required"`
	Text   string `json:"text" validate:"required"`
}

const text = "an event of ordinary length, as features publish them"

var takenEvent = events.Define[measurement]("bench.measurement.taken")

// pergola uses our events as features do.
type pergola struct {
	db         *database.DB
	dispatcher *events.Dispatcher
}

func openPergola(ctx context.Context, db *database.DB) (measured, error) {
	handled := newHandled()
	dispatcher, err := events.NewDispatcher(db, events.DispatcherOptions{Concurrency: width})
	if err != nil {
		return measured{}, err
	}
	handle := events.Once(db, func(context.Context, measurement) error { return nil })
	err = dispatcher.Register([]feature.Manifest{{Name: "bench", Parts: []feature.Part{
		events.Events{takenEvent},
		events.Handlers{events.Handle(takenEvent, "bench.count", func(ctx context.Context, m measurement) error {
			handled.begin()
			err := handle(ctx, m)
			if err == nil {
				handled.done()
			}
			return err
		})},
	}}})
	if err != nil {
		return measured{}, err
	}
	if err := dispatcher.Start(ctx); err != nil {
		return measured{}, err
	}
	return measured{&pergola{db, dispatcher}, handled}, nil
}

func (p *pergola) publish(ctx context.Context, number int) error {
	return p.db.InTx(ctx, func(ctx context.Context) error {
		return takenEvent.Publish(ctx, p.dispatcher, measurement{Number: number, Text: text})
	})
}

func (p *pergola) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_ = p.dispatcher.Stop(ctx)
}
