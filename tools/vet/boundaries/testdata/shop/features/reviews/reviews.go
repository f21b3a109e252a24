// Package reviews gives its handlers away.
package reviews

import (
	"context"
	"net/http"

	"github.com/go-chi/chi/v5"

	"example.com/shop/core/events"
	"example.com/shop/core/jobs"
	"example.com/shop/core/realtime"
)

type Review struct{ ID string }

var (
	ReviewChannel = realtime.DefineChannel[Review]("reviews.review")
	ReviewedEvent = events.Define[Review]("reviews.reviewed")
	ReviewJob     = jobs.Define[Review]("reviews.review")
)

type Feature struct {
	OnAnything func(context.Context, Review, realtime.Caller) error // want `Feature.OnAnything is an exported field that holds a handler`
}

var Heard = realtime.Handle(ReviewChannel, onReview) // want `Heard is an exported variable that holds a handler`

func onReview(ctx context.Context, review Review, caller realtime.Caller) error { return nil }

func (f *Feature) OnReview(ctx context.Context, review Review, caller realtime.Caller) error { // want `OnReview is a handler and exported: begin it with a small letter`
	return nil
}

func (f *Feature) Handlers() realtime.Handlers { // want `Handlers gives a handler away: list it in the manifest`
	return realtime.Handlers{realtime.Handle(ReviewChannel, f.OnReview)} // want `the handler OnReview is exported`
}

func (f *Feature) EventHandler() events.Handler { // want `EventHandler gives a handler away`
	return events.Handle(ReviewedEvent, "reviews.note", f.OnReviewed) // want `the handler OnReviewed is exported`
}

func (f *Feature) OnReviewed(ctx context.Context, review Review) error { return nil }

func (f *Feature) JobHandlers() []jobs.Handler { // want `JobHandlers gives a handler away`
	return []jobs.Handler{jobs.Handle(ReviewJob, once(f.DoReview))} // want `the handler DoReview is exported`
}

func (f *Feature) DoReview(ctx context.Context, review Review) error { return nil }

func once(h func(context.Context, Review) error) func(context.Context, Review) error { return h }

func NewHandler() func(context.Context, Review, realtime.Caller) error { // want `NewHandler gives a handler away`
	return onReview
}

func (f *Feature) routes(r chi.Router) {
	r.Get("/reviews", f.ShowReviews) // want `the handler ShowReviews is exported`
}

func (f *Feature) ShowReviews(w http.ResponseWriter, r *http.Request) {} // want `ShowReviews is a handler and exported`

func (f *Feature) Pages() http.Handler { return nil } // want `Pages gives a handler away`

// hidden is nobody's business.
type hidden struct{}

func (hidden) OnReview(ctx context.Context, review Review, caller realtime.Caller) error { return nil }
