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
				fmt.Println("Now to be read:", event.Title)
				return nil
			}),
		},
	}}
	ctx := context.Background()
	outbox := events.NewMemory(events.MemoryOptions{})
	if err := outbox.Seal([]feature.Manifest{blog, notifications}); err != nil {
		fmt.Println(err)
	}
	if err := outbox.Start(ctx); err != nil {
		fmt.Println(err)
	}

	tx := database.NewMemory()
	err := tx.InTx(ctx, func(ctx context.Context) error {
		return ArticlePublishedEvent.Publish(ctx, outbox, ArticlePublished{ID: "1", Title: "On gardens"})
	})
	fmt.Println("Published:", err == nil)

	_ = outbox.Drain(ctx)
	_ = outbox.Stop(ctx)
	// Unordered output:
	// Published: true
	// Now to be read: On gardens
}
