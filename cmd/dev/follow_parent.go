package main

import (
	"context"
	"os"
	"time"
)

// followParent calls end when the parent process is gone. Task does not forward
// signals, and may be killed.
func followParent(ctx context.Context, end func()) {
	parent := os.Getppid()
	ticker := time.NewTicker(300 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if os.Getppid() != parent {
				end()
				return
			}
		}
	}
}
