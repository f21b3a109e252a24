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

// builder builds the application's binary.
type builder struct {
	settings  settings
	children  *process.Family
	templates *templates.Set
}

func (b builder) binary() string { return b.settings.data("bin", "web") }

// build returns the compiler's messages if the sources have mistakes, and an
// error if the compiler could not be run.
func (b builder) build(ctx context.Context) (mistakes string, err error) {
	mistakes, err = b.compile(ctx)
	if err != nil || !strings.Contains(mistakes, "wire_gen.go:") {
		return mistakes, err
	}
	// wire_gen.go may not match the constructors: wire can regenerate it.
	if mistakes, err := b.run(ctx, "go", "tool", "wire", "./cmd/web"); err != nil || mistakes != "" {
		return mistakes, err
	}
	return b.compile(ctx)
}

// buildFlags make the build fast at the expense of the binary: together they save
// about half of the time. Debug information is omitted, our functions are not
// inlined, and assets, which change while this runs, are not embedded.
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
		// An interrupted build leaves its work directory behind: here the next
		// start finds and removes it.
		"GOTMPDIR="+b.settings.data("dev", "tmp"),
		// Compiler and linker exit before a garbage collection pays off.
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

// inTemplates maps positions in the compiler's messages from generated code to
// the templates.
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
