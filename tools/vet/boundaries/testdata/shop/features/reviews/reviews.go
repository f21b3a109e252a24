// Package reviews exports its handlers.
package reviews

import (
	"context"
	"net/http"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"example.com/shop/core/events"
	"example.com/shop/core/feature"
	"example.com/shop/core/jobs"
	"example.com/shop/core/realtime"
	"example.com/shop/features/catalog"
)

type Review struct{ ID string }

var (
	ReviewChannel = realtime.DefineChannel[Review]("reviews.review")
	ReviewedEvent = events.Define[Review]("reviews.reviewed")
	ReviewJob     = jobs.Define[Review]("reviews.review")
)

type Feature struct {
	OnAnything func(context.Context, Review, realtime.Caller) error // want `exported field Feature.OnAnything holds a handler`
}

var Handled = ReviewChannel.Handle(onReview) // want `exported variable Handled holds a handler`

func onReview(ctx context.Context, review Review, caller realtime.Caller) error { return nil }

func (f *Feature) OnReview(ctx context.Context, review Review, caller realtime.Caller) error { // want `OnReview is an exported handler: begin its name with a lower-case letter`
	return nil
}

func (f *Feature) Channels() realtime.Channels { // want `Channels returns a handler: list it in the manifest`
	return realtime.Channels{ReviewChannel.Handle(f.OnReview)} // want `handler OnReview is exported`
}

func (f *Feature) EventHandler() events.Handler { // want `EventHandler returns a handler`
	return events.Handle(ReviewedEvent, "reviews.note", f.OnReviewed) // want `handler OnReviewed is exported`
}

func (f *Feature) OnReviewed(ctx context.Context, review Review) error { return nil }

func (f *Feature) JobHandlers() []jobs.Handler { // want `JobHandlers returns a handler`
	return []jobs.Handler{jobs.Handle(ReviewJob, once(f.DoReview))} // want `handler DoReview is exported`
}

func (f *Feature) DoReview(ctx context.Context, review Review) error { return nil }

func once(h func(context.Context, Review) error) func(context.Context, Review) error { return h }

func NewHandler() func(context.Context, Review, realtime.Caller) error { // want `NewHandler returns a handler`
	return onReview
}

func (f *Feature) routes(r chi.Router) {
	r.Get("/reviews", f.ShowReviews) // want `handler ShowReviews is exported`
}

func (f *Feature) ShowReviews(w http.ResponseWriter, r *http.Request) {} // want `ShowReviews is an exported handler`

func (f *Feature) Section() feature.SlotFill { // want `Section returns a handler`
	return feature.Fill(catalog.FooterSlot, f.ShowFooter) // want `handler ShowFooter is exported`
}

func (f *Feature) ShowFooter(ctx context.Context, book catalog.Book) (templ.Component, error) {
	return nil, nil
}

func (f *Feature) Pages() http.Handler { return nil } // want `Pages returns a handler`

// hidden is unexported, so its methods are too.
type hidden struct{}

func (hidden) OnReview(ctx context.Context, review Review, caller realtime.Caller) error { return nil }
