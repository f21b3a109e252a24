package observe

import "context"

func UseCase[In, Out any](name string, fn func(context.Context, In) (Out, error)) func(context.Context, In) (Out, error) {
	return fn
}

func Command[In any](name string, fn func(context.Context, In) error) func(context.Context, In) error {
	return fn
}
