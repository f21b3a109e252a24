// Devloop measures how long a developer waits: until the first page after
// ./task dev, and until a saved change appears in an open browser.
//
//	go run ./bench/devloop [-times 10]
//
// It works on a copy of the checkout, with its own database, and drives a real
// Chromium. A change has appeared when a script in the page sees it. Each line
// shows the median, the fastest and the slowest.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"
)

func main() {
	times := flag.Int("times", 10, "number of changes of each kind")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *times); err != nil {
		fmt.Fprintln(os.Stderr, "devloop:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, times int) error {
	c, err := copyCheckout(ctx)
	if err != nil {
		return err
	}
	defer c.remove()
	if err := c.prepare(); err != nil {
		return err
	}

	first, err := c.start(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("%-34s %6.2f s\n", "first page, nothing installed", first.Seconds())
	c.stop()
	second, err := c.start(ctx)
	if err != nil {
		return err
	}
	defer c.stop()
	fmt.Printf("%-34s %6.2f s\n", "first page, second start", second.Seconds())

	page, err := openPage(ctx, c.url)
	if err != nil {
		return err
	}
	defer page.close()
	fmt.Printf("\n%-34s %8s %8s %8s\n", "from saving to the browser", "median", "fastest", "slowest")
	for _, e := range edits {
		var took []time.Duration
		for n := range times {
			d, err := c.measure(ctx, page, e, n+1)
			if err != nil {
				return fmt.Errorf("%s: %w", e.what, err)
			}
			took = append(took, d)
		}
		slices.Sort(took)
		fmt.Printf("%-34s %6.2f s %6.2f s %6.2f s\n", e.what, median(took).Seconds(), took[0].Seconds(), took[len(took)-1].Seconds())
	}
	return nil
}

// median returns the median of sorted durations.
func median(took []time.Duration) time.Duration {
	middle := len(took) / 2
	if len(took)%2 == 1 {
		return took[middle]
	}
	return (took[middle-1] + took[middle]) / 2
}
