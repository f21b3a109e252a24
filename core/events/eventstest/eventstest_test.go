package eventstest_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/core/events"
	"example.com/pergola/core/events/eventstest"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/feature"
)

type sold struct {
	Title string `json:"title" validate:"required"`
}

var (
	bookSold   = events.Define[sold]("books.book.sold")
	bookStolen = events.Define[sold]("books.book.stolen")
)

func TestRecorder_recordsPublishedEvents(t *testing.T) {
	t.Parallel()
	recorder, db := eventstest.NewRecorder(), databasetest.Empty(t)

	err := db.InTx(t.Context(), func(ctx context.Context) error {
		return errors.Join(
			bookSold.Publish(ctx, recorder, sold{"Emma"}),
			bookStolen.Publish(ctx, recorder, sold{"Dracula"}),
			bookSold.Publish(ctx, recorder, sold{"Ulysses"}),
		)
	})

	if got, want := eventstest.Published(recorder, bookSold), []sold{{"Emma"}, {"Ulysses"}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v and error %v, want %v", got, err, want)
	}
	if got := len(recorder.Messages()); got != 3 {
		t.Errorf("got %d messages in all, want 3", got)
	}
}

func TestRecorder_recordsNothingAfterARollback(t *testing.T) {
	t.Parallel()
	recorder, db := eventstest.NewRecorder(), databasetest.Empty(t)

	_ = db.InTx(t.Context(), func(ctx context.Context) error {
		return errors.Join(bookSold.Publish(ctx, recorder, sold{"Emma"}), fault.Conflict.New("No."))
	})

	if got := eventstest.Published(recorder, bookSold); len(got) != 0 {
		t.Errorf("got %v, want nothing", got)
	}
}

func TestRecorder_rejectsInvalidEvents(t *testing.T) {
	t.Parallel()
	recorder := eventstest.NewRecorder()

	outside := bookSold.Publish(t.Context(), recorder, sold{"Emma"})
	direct := recorder.Insert(t.Context(), events.Message{Event: bookSold.Name()})
	invalid := databasetest.Empty(t).InTx(t.Context(), func(ctx context.Context) error {
		return bookSold.Publish(ctx, recorder, sold{})
	})

	if !errors.Is(outside, events.ErrNoTransaction) || !errors.Is(direct, events.ErrNoTransaction) {
		t.Errorf("outside a transaction got %v and %v, want %v", outside, direct, events.ErrNoTransaction)
	}
	if invalid == nil || !strings.Contains(invalid.Error(), `"title"`) {
		t.Errorf("for an invalid payload got %v, want an error about the title", invalid)
	}
}

func TestDeliver_callsAPrivateHandler(t *testing.T) {
	t.Parallel()
	var got []string
	manifest := feature.Manifest{Name: "shelves", Parts: []feature.Part{events.Handlers{
		events.Handle(bookSold, "shelves.clear", func(_ context.Context, s sold) error {
			got = append(got, s.Title)
			return nil
		}),
		events.Handle(bookStolen, "shelves.search", func(context.Context, sold) error { panic("gone") }),
	}}}

	sale := eventstest.Deliver(t, manifest, bookSold, sold{"Emma"})
	invalid := eventstest.Deliver(t, manifest, bookSold, sold{})
	theft := eventstest.Deliver(t, manifest, bookStolen, sold{"Emma"})

	if sale != nil || !slices.Equal(got, []string{"Emma"}) {
		t.Errorf("got %q and error %v, want Emma once", got, sale)
	}
	if invalid == nil || theft == nil {
		t.Errorf("got %v for an invalid payload and %v for a panic, want errors", invalid, theft)
	}
}

func TestPublishers_listsTheEventsOfFeaturesThatAreNotUnderTest(t *testing.T) {
	t.Parallel()
	ignore := func(context.Context, sold) error { return nil }
	shop := feature.Manifest{Name: "shop", Parts: []feature.Part{events.Handlers{
		events.Handle(bookSold, "shop.count", ignore), events.Handle(bookSold, "shop.order", ignore), events.Handle(bookStolen, "shop.mourn", ignore),
	}}}
	books := feature.Manifest{Name: "books", Parts: []feature.Part{events.Events{bookStolen}}}
	manifests := []feature.Manifest{shop, books}

	manifests = append(manifests, eventstest.Publishers(manifests)...)

	if n := len(manifests); n != 3 {
		t.Fatalf("there are %d manifests, want one more", n)
	}
	dispatcher, err := events.NewDispatcher(databasetest.Empty(t), eventstest.Options())
	if err != nil {
		t.Fatal(err)
	}
	if err := dispatcher.Register(manifests); err != nil {
		t.Errorf("Register: %v", err)
	}
}

func TestRecorder_deliversWhatItRecordedAndWhatHandlersPublish(t *testing.T) {
	t.Parallel()
	recorder, db := eventstest.NewRecorder(), databasetest.Empty(t)
	publish := func(ctx context.Context, event events.Event[sold], title string) error {
		return db.InTx(ctx, func(ctx context.Context) error { return event.Publish(ctx, recorder, sold{title}) })
	}
	var got []string
	shop := feature.Manifest{Name: "shop", Parts: []feature.Part{events.Handlers{
		events.Handle(bookSold, "shop.count", func(ctx context.Context, s sold) error { return publish(ctx, bookStolen, s.Title) }),
		events.Handle(bookStolen, "shop.mourn", func(_ context.Context, s sold) error {
			got = append(got, s.Title)
			return nil
		}),
	}}}

	for _, title := range []string{"Emma", "Dracula"} {
		if err := publish(t.Context(), bookSold, title); err != nil {
			t.Fatal(err)
		}
		if err := recorder.DeliverAll(t, shop); err != nil {
			t.Fatal(err)
		}
	}

	if want := []string{"Emma", "Dracula"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
