package main

import (
	"context"
	"os"
	"path"
	"slices"
	"strings"

	"example.com/pergola/cmd/gen/internal/tree"
)

const (
	wiring       = "cmd/web/wire_gen.go"
	channelTypes = "web/src/channels.gen.ts"
)

// apply writes the planned files and updates everything that is generated from
// them. If anything fails, nothing has changed.
func (c *call) apply(ctx context.Context) error {
	changes := c.tree.Changes()
	steps := slices.Clone(c.steps)
	if folders := templFolders(changes); len(folders) > 0 {
		if err := c.expectTempl(changes); err != nil {
			return err
		}
		steps = append(steps, func(ctx context.Context) error { return generateTempl(ctx, c.tree.Root(), folders) })
	}
	if slices.ContainsFunc(changes, reachesWiring) {
		if err := c.tree.Generates(wiring); err != nil {
			return err
		}
		steps = append(steps, func(ctx context.Context) error { return generateWiring(ctx, c.tree.Root()) })
	}
	if slices.ContainsFunc(changes, isGo) {
		steps = append(steps, c.describeStep(), c.documentsStep())
	}
	return c.tree.Apply(ctx, append(steps, c.late...)...)
}

func isGo(change tree.Change) bool { return path.Ext(change.File) == ".go" }

// reachesWiring reports whether wire reads the file.
func reachesWiring(change tree.Change) bool {
	return isGo(change) && !strings.HasSuffix(change.File, "_test.go") &&
		(strings.HasPrefix(change.File, "features/") || strings.HasPrefix(change.File, "cmd/web/"))
}

func templFolders(changes []tree.Change) []string {
	var folders []string
	for _, change := range changes {
		if path.Ext(change.File) == ".templ" && change.Kind != tree.Removed {
			folders = append(folders, path.Dir(change.File))
		}
	}
	return slices.Compact(folders)
}

// expectTempl registers the files that templ generates, one next to each template.
func (c *call) expectTempl(changes []tree.Change) error {
	for _, change := range changes {
		if stem, ok := strings.CutSuffix(change.File, ".templ"); ok && change.Kind != tree.Removed {
			if err := c.tree.Generates(stem + "_templ.go"); err != nil {
				return err
			}
		}
	}
	return nil
}

func generateTempl(ctx context.Context, root string, folders []string) error {
	for _, folder := range folders {
		if err := runTool(ctx, root, "go", "tool", "templ", "generate", "-log-level", "warn", "-path", folder); err != nil {
			return err
		}
	}
	return nil
}

// generateWiring runs wire. With a mistake in a package it reads, wire fails with one
// of its own or a stack trace; the compiler says where the mistake is.
func generateWiring(ctx context.Context, root string) error {
	err := runTool(ctx, root, "go", "tool", "wire", "./cmd/web")
	if err == nil {
		return nil
	}
	if mistake := runTool(ctx, root, "go", "build", "./core/...", "./features/...", "./web/..."); mistake != nil {
		return mistake
	}
	return err
}

// describeStep generates the channels' TypeScript types. It builds and assembles
// the application, which also checks the generated code.
func (c *call) describeStep() tree.Step {
	root := c.tree.Root()
	if !c.hasRealtime() {
		return func(ctx context.Context) error {
			return runTool(ctx, root, "go", "build", "-o", os.DevNull, "./cmd/web")
		}
	}
	if err := c.tree.Generates(channelTypes); err != nil {
		return func(context.Context) error { return err }
	}
	return func(ctx context.Context) error {
		types, err := output(ctx, root, "go", "run", "./cmd/web", "describe", "--typescript")
		if err != nil {
			return err
		}
		return c.tree.WriteGenerated(channelTypes, types)
	}
}

// hasRealtime reports whether the project has core/realtime.
func (c *call) hasRealtime() bool { return c.tree.Exists("core/realtime/channel.go") }
