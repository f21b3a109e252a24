package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"

	"example.com/pergola/cmd/dev/internal/process"
)

// afterReload is how long the check of types waits, so that it does not hold
// up the page that is loading again.
const afterReload = 500 * time.Millisecond

func (sv *supervisor) checkTypesSoon() { sv.typesDue = time.After(afterReload) }

var tscPosition = regexp.MustCompile(`(?m)^(\S+)\((\d+),(\d+)\): `)

// checkTypes asks the TypeScript compiler, since the bundler does not look at
// types.
func (sv *supervisor) checkTypes(ctx context.Context) {
	compiler := sv.settings.web("node_modules", ".bin", "tsc")
	if _, err := os.Stat(compiler); err != nil {
		return
	}
	var output bytes.Buffer
	tsc := exec.Command(compiler, "--noEmit", "--pretty", "false")
	tsc.Dir = sv.settings.web()
	tsc.Stdout, tsc.Stderr = &output, &output
	mistakes := ""
	if err := sv.children.Run(ctx.Done(), tsc); err != nil {
		mistakes = strings.TrimSpace(tscPosition.ReplaceAllString(output.String(), "web/$1:$2:$3: "))
	}
	select {
	case sv.typesFound <- mistakes:
	case <-ctx.Done():
	}
}

// syncChannelTypes writes the TypeScript types of the channels as the
// application that was just built describes them. The watchers of the assets
// and of the types follow by themselves.
func syncChannelTypes(ctx context.Context, s settings, children *process.Family) {
	target := s.web("src", "channels.gen.ts")
	before, err := os.ReadFile(target)
	if err != nil {
		return // an application without channels
	}
	var types bytes.Buffer
	describe := exec.Command(s.data("bin", "web"), "describe", "--typescript")
	describe.Dir = s.root
	describe.Stdout = &types
	if err := children.Run(ctx.Done(), describe); err != nil || types.Len() == 0 || bytes.Equal(types.Bytes(), before) {
		return // what does not describe itself did not start either, and that is shown
	}
	if err := os.WriteFile(target+".new", types.Bytes(), 0o644); err == nil {
		_ = os.Rename(target+".new", target) // ./task check finds it if this fails
	}
}
