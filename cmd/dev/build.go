package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"example.com/pergola/cmd/dev/internal/process"
	"example.com/pergola/cmd/dev/internal/templates"
)

// builder makes the application's binary.
type builder struct {
	settings  settings
	children  *process.Family
	templates *templates.Set
}

func (b builder) binary() string { return b.settings.data("bin", "web") }

// build returns what the compiler has to say if it does not build, and an
// error if it could not be asked.
func (b builder) build(ctx context.Context) (mistakes string, err error) {
	mistakes, err = b.compile(ctx)
	if err != nil || !strings.Contains(mistakes, "wire_gen.go:") {
		return mistakes, err
	}
	// What wire wrote no longer fits the constructors: it can write it anew.
	if mistakes, err := b.run(ctx, "go", "tool", "wire", "./cmd/web"); err != nil || mistakes != "" {
		return mistakes, err
	}
	return b.compile(ctx)
}

// buildFlags make a build fast rather than its result: together they take about
// half of the time. What only a debugger reads is left out, functions of ours
// are not inlined, and assets, which change while this runs, are not embedded.
var buildFlags = []string{"-buildvcs=false", "-ldflags=-s -w", "-gcflags=./...=-l -dwarf=false", "-tags=noassets"}

func (b builder) compile(ctx context.Context) (mistakes string, err error) {
	args := slices.Concat([]string{"build"}, buildFlags, []string{"-o", b.binary(), "./cmd/web"})
	output, err := b.run(ctx, "go", args...)
	return b.inTemplates(output), err
}

// run returns the output of a command that failed.
func (b builder) run(ctx context.Context, name string, args ...string) (mistakes string, err error) {
	var output bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Dir = b.settings.root
	cmd.Env = append(os.Environ(),
		// A build that is cut short leaves its work behind: here it is found
		// and removed by the next start.
		"GOTMPDIR="+b.settings.data("dev", "tmp"),
		// Compiler and linker end before their garbage is worth collecting.
		"GOGC=off", "GOMEMLIMIT=1GiB",
	)
	cmd.Stdout, cmd.Stderr = &output, &output
	failed := b.children.Run(ctx.Done(), cmd)
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case failed == nil:
		return "", nil
	case strings.TrimSpace(output.String()) == "":
		return "", fmt.Errorf("%s %s: %w", name, args[0], failed)
	default:
		return strings.TrimSpace(output.String()), nil
	}
}

var generatedPosition = regexp.MustCompile(`(?m)^(?:\./)?(\S+_templ\.go):(\d+):(\d+): `)

// inTemplates lets the compiler's messages point into templates rather than
// into what was generated of them.
func (b builder) inTemplates(output string) string {
	return generatedPosition.ReplaceAllStringFunc(output, func(prefix string) string {
		parts := generatedPosition.FindStringSubmatch(prefix)
		line, _ := strconv.Atoi(parts[2]) // digits, as the expression says
		column, _ := strconv.Atoi(parts[3])
		name, line, column, ok := b.templates.Source(parts[1], line, column)
		if !ok {
			return prefix
		}
		return fmt.Sprintf("%s:%d:%d: ", name, line, column)
	})
}
