package observe_test

import (
	"context"
	"errors"
	"fmt"

	"example.com/pergola/core/observe"
)

// NewGreet creates a use case that says hello.
type Greet func(ctx context.Context, name string) (string, error)

func NewGreet() Greet {
	return observe.UseCase("greetings.greet", func(_ context.Context, name string) (string, error) {
		if name == "" {
			return "", errors.New("no name given")
		}
		return "Hello, " + name, nil
	})
}

func Example() {
	reporter := observe.NewReporter(func(_ context.Context, failure observe.Failure) {
		fmt.Println(failure.Location.Name, "failed:", failure.Err)
	})
	greet := NewGreet()

	greeting, _ := greet(context.Background(), "Ada")
	fmt.Println(greeting)

	_, err := greet(context.Background(), "")
	reporter.Report(context.Background(), err)
	reporter.Report(context.Background(), err) // reported before: ignored

	// Output:
	// Hello, Ada
	// greetings.greet failed: no name given
}
