package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// terminal is the developer's terminal. Lines from several processes are not
// interleaved.
type terminal struct {
	mu     sync.Mutex
	w      io.Writer
	broken bool // whether the last line is unfinished
}

func newTerminal(w io.Writer) *terminal { return &terminal{w: w} }

// Write writes the output of a child process.
func (t *terminal) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(p) > 0 {
		t.broken = p[len(p)-1] != '\n'
	}
	return t.w.Write(p)
}

// printf writes one line. There is nowhere to report a write error.
func (t *terminal) printf(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.broken {
		_, _ = io.WriteString(t.w, "\n")
		t.broken = false
	}
	_, _ = fmt.Fprintf(t.w, format+"\n", args...)
}

// slowStep is the time after which a running step is printed for the first time;
// each further time waits twice as long.
const slowStep = 5 * time.Second

// step prints a step if it takes long, and its result at the end.
func (t *terminal) step(what string) (done func(result string)) {
	begun := time.Now()
	finished := make(chan struct{})
	go func() {
		for wait := slowStep; ; wait *= 2 {
			select {
			case <-finished:
				return
			case <-time.After(wait - time.Since(begun)):
				t.printf("… %s (%.0f s)", what, time.Since(begun).Seconds())
			}
		}
	}()
	return func(result string) {
		close(finished)
		if result != "" {
			t.printf("· %s (%s)", result, seconds(time.Since(begun)))
		}
	}
}

// problem prints a problem as the page shows it.
func (t *terminal) problem(title, text string) {
	t.printf("✗ %s\n  %s", title, strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n  "))
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
