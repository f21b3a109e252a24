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

// afterReload delays the type check, so that it does not slow down the page that
// is reloading.
const afterReload = 500 * time.Millisecond

func (sv *supervisor) checkTypesSoon() { sv.typesDue = time.After(afterReload) }

var tscPosition = regexp.MustCompile(`(?m)^(\S+)\((\d+),(\d+)\): `)

// checkTypes runs the TypeScript compiler, since the bundler does not check
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

// syncChannelTypes writes the TypeScript types of the channels, as described by
// the application that was just built. The watchers of the assets and of the
// types pick them up.
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
		return // if it cannot describe itself it did not start either, which is shown
	}
	if err := os.WriteFile(target+".new", types.Bytes(), 0o644); err == nil {
		_ = os.Rename(target+".new", target) // ./task check reports it if this fails
	}
}
