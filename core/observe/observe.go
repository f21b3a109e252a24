// Package observe traces use cases and handlers and reports their failures. Each
// use case and each handler of a channel, an event or a job runs in its own span,
// and a failure is reported once, with the location where it began.
//
// A use case is wrapped in its constructor:
//
//	func NewPublishArticle(db *database.DB, articles *Articles) PublishArticle {
//		return observe.UseCase("blog.publish_article", func(ctx context.Context, in PublishArticleInput) (Article, error) {
//			…
//		})
//	}
//
// Command does the same for a use case that returns only an error. Run is for
// packages that call handlers (realtime, events, jobs, slots); features do not
// need it.
//
// # Guarantees
//
// A panic becomes an error with a stack trace. It fails the request or delivery
// in which it happened and never the process.
//
// A failure is an error that needs an operator: a defect (fault.Internal, which
// includes every error that is not a fault, and every panic) or
// fault.Unavailable. The innermost wrapper adds its location: feature, layer, name
// and stack. Wrapping the error keeps it; Origin reads it. The other kinds of
// fault are answers to the person who made the request: they have no location,
// are not reported, and do not mark their span as failed. The same is true of an
// error that wraps context.Canceled while the context is canceled.
//
// The code that answers a request, delivery or job reports its error to a
// Reporter, which ignores a failure that was reported before. So every layer may
// report the error it sees, and an operator still reads it once.
//
// # Spans
//
// Spans go to the OpenTelemetry provider of the span in the context, and to the
// global provider if there is none. A test therefore starts a span with its own
// provider and sees only its own spans. Without a provider no span is created: a
// wrapped call then costs about ten nanoseconds and allocates nothing
// (BenchmarkUseCase_off). The attributes app.feature and app.layer identify the
// owner of a span; its name is the name of the use case or handler.
//
// Work that continues elsewhere, such as a job, carries its trace as text: see
// TraceParent and WithTraceParent.
package observe

import "context"

// Layer is the kind of code that runs.
type Layer string

// The layers of the application.
const (
	LayerUseCase Layer = "use_case"
	LayerChannel Layer = "channel"
	LayerEvent   Layer = "event"
	LayerJob     Layer = "job"
	LayerSlot    Layer = "slot" // a section that one feature shows on the page of another
)

// UseCase wraps a use case. The name consists of the feature, a dot and the
// action: "blog.publish_article". A panic in fn is returned as an error, with the
// zero Out.
func UseCase[In, Out any](name string, fn func(context.Context, In) (Out, error)) func(context.Context, In) (Out, error) {
	location := newLocation(LayerUseCase, name)
	return func(ctx context.Context, in In) (out Out, err error) {
		ctx, span := location.start(ctx)
		defer location.end(ctx, span, &err)
		return fn(ctx, in)
	}
}

// Command wraps a use case that returns only an error.
func Command[In any](name string, fn func(context.Context, In) error) func(context.Context, In) error {
	location := newLocation(LayerUseCase, name)
	return func(ctx context.Context, in In) (err error) {
		ctx, span := location.start(ctx)
		defer location.end(ctx, span, &err)
		return fn(ctx, in)
	}
}

// Run runs fn under this name in a layer. The name begins with the name of the
// feature that fn belongs to.
func Run(ctx context.Context, layer Layer, name string, fn func(context.Context) error) (err error) {
	location := newLocation(layer, name)
	ctx, span := location.start(ctx)
	defer location.end(ctx, span, &err)
	return fn(ctx)
}
