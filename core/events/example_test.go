package events_test

import (
	"context"
	"fmt"

	"example.com/pergola/core/database"
	"example.com/pergola/core/events"
	"example.com/pergola/core/feature"
)

type ArticlePublished struct {
	ID    string `json:"id" validate:"required"`
	Title string `json:"title" validate:"required"`
}

// ArticlePublishedEvent is published once, when a draft becomes public.
// Rows carry this name: never change it.
var ArticlePublishedEvent = events.Define[ArticlePublished]("blog.article.published")

func Example() {
	blog := feature.Manifest{Name: "blog", Parts: []feature.Part{
		events.Events{ArticlePublishedEvent},
	}}
	notifications := feature.Manifest{Name: "notifications", Parts: []feature.Part{
		events.Handlers{
			events.Handle(ArticlePublishedEvent, "notifications.notify_readers", func(_ context.Context, event ArticlePublished) error {
				fmt.Println("New article:", event.Title)
				return nil
			}),
		},
	}}
	publish := func(ctx context.Context, db *database.DB) error {
		outbox, err := events.NewDispatcher(db, events.DispatcherOptions{})
		if err != nil {
			return err
		}
		if err := outbox.Register([]feature.Manifest{blog, notifications}); err != nil {
			return err
		}
		if err := outbox.Start(ctx); err != nil {
			return err
		}
		err = db.InTx(ctx, func(ctx context.Context) error {
			return ArticlePublishedEvent.Publish(ctx, outbox, ArticlePublished{ID: "1", Title: "On gardens"})
		})
		if err != nil {
			return err
		}
		return outbox.Stop(ctx)
	}
	_ = publish // needs a database
}
