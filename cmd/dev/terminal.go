package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// terminal is what the person at the keyboard reads. Whole lines from several
// sides come one after another.
type terminal struct {
	mu     sync.Mutex
	w      io.Writer
	broken bool // whether the last line is unfinished
}

func newTerminal(w io.Writer) *terminal { return &terminal{w: w} }

// Write passes on what a child process says.
func (t *terminal) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(p) > 0 {
		t.broken = p[len(p)-1] != '\n'
	}
	return t.w.Write(p)
}

// say writes one line. That it cannot be written can be told to nobody.
func (t *terminal) say(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.broken {
		_, _ = io.WriteString(t.w, "\n")
		t.broken = false
	}
	_, _ = fmt.Fprintf(t.w, format+"\n", args...)
}

// patience is after how long a step that is still going on is mentioned; then
// after twice that, and so on.
const patience = 5 * time.Second

// step says what is being done if it takes long, and what was done at its end.
func (t *terminal) step(what string) (done func(result string)) {
	begun := time.Now()
	finished := make(chan struct{})
	go func() {
		for wait := patience; ; wait *= 2 {
			select {
			case <-finished:
				return
			case <-time.After(wait - time.Since(begun)):
				t.say("… %s (%.0f s)", what, time.Since(begun).Seconds())
			}
		}
	}()
	return func(result string) {
		close(finished)
		if result != "" {
			t.say("· %s (%s)", result, seconds(time.Since(begun)))
		}
	}
}

// trouble shows problems as the page does.
func (t *terminal) trouble(title, text string) {
	t.say("✗ %s\n  %s", title, strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n  "))
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
