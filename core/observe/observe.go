// Package observe watches over what the application does: each use case and
// each handler of a channel, an event or a job runs in a span of its own, and
// what goes wrong in it is reported once, with the place where it began.
//
// A use case is wrapped where it is made:
//
//	func NewPublishArticle(articles Articles, tx database.Transactor) PublishArticle {
//		return observe.UseCase("blog.publish_article", func(ctx context.Context, in PublishArticleInput) (Article, error) {
//			…
//		})
//	}
//
// Command does the same for a use case that returns nothing but an error. Run
// is for the packages that call handlers (realtime, events, jobs); a feature
// has no need of it.
//
// # What is promised
//
// A panic becomes an error that carries its stack: it fails the one request
// or delivery it happened in and never ends the process.
//
// A failure is an error for which an operator must act: a defect
// (fault.Internal, which is every error that is no fault, and every panic) or
// fault.Unavailable. The innermost wrapper marks it with its place: feature,
// layer, name and stack. The mark travels with the error through all further
// wrapping; Origin reads it. The other kinds of fault are answers to the person
// who asked: they are neither marked nor reported, and their span is no error.
// The same holds for what failed only because the asker left: an error that
// wraps context.Canceled while the context is cancelled.
//
// The edge that answers the request reports the failure through a Reporter.
// Whoever hands the same failure to a Reporter again does so in vain, so that
// every edge may report what it sees and an operator still reads it once.
//
// # Spans
//
// Spans go to the OpenTelemetry provider of the span in the context, so that
// they stay where their parent is, and to the global provider when there is no
// parent in this process. A test therefore starts a span with a provider of
// its own and looks at nobody else's spans. While no provider is installed, no
// span is made: a wrapped call then costs some ten nanoseconds and allocates
// nothing (BenchmarkUseCase_off). The attributes app.feature and app.layer say
// whose span it is; the span's name is the name of what ran.
//
// Work that goes on in another place takes its trace along as text: see
// TraceParent and WithTraceParent.
package observe

import "context"

// Layer says what kind of code a name belongs to.
type Layer string

// The layers of the application.
const (
	LayerUseCase Layer = "use_case"
	LayerChannel Layer = "channel"
	LayerEvent   Layer = "event"
	LayerJob     Layer = "job"
	LayerHTTP    Layer = "http"
	LayerSlot    Layer = "slot" // a section that one feature shows on the page of another
)

// UseCase wraps a use case. The name is the feature's name, a dot and what is
// done: "blog.publish_article". A panic in fn is returned as an error, with the
// zero Out.
func UseCase[In, Out any](name string, fn func(context.Context, In) (Out, error)) func(context.Context, In) (Out, error) {
	place := newPlace(LayerUseCase, name)
	return func(ctx context.Context, in In) (out Out, err error) {
		ctx, span := place.start(ctx)
		defer place.end(ctx, span, &err)
		return fn(ctx, in)
	}
}

// Command wraps a use case that returns nothing but an error.
func Command[In any](name string, fn func(context.Context, In) error) func(context.Context, In) error {
	place := newPlace(LayerUseCase, name)
	return func(ctx context.Context, in In) (err error) {
		ctx, span := place.start(ctx)
		defer place.end(ctx, span, &err)
		return fn(ctx, in)
	}
}

// Run runs fn as the named piece of a layer. The name begins with that of the
// feature that fn belongs to.
func Run(ctx context.Context, layer Layer, name string, fn func(context.Context) error) (err error) {
	place := newPlace(layer, name)
	ctx, span := place.start(ctx)
	defer place.end(ctx, span, &err)
	return fn(ctx)
}
