package main

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strings"

	"example.com/pergola/cmd/gen/internal/tree"
)

// Documents that are generated from the application. A project may have removed
// one; it is not generated again.
const (
	asyncAPI   = "docs/asyncapi.gen.json"
	mapPage    = "docs/map.gen.md"
	mapPicture = "docs/images/map.gen.svg"
)

// documentsStep generates them again, as ./task generate does.
func (c *call) documentsStep() tree.Step {
	var present []string
	for _, name := range []string{asyncAPI, mapPage, mapPicture} {
		if !c.tree.Exists(name) {
			continue
		}
		if err := c.tree.Generates(name); err != nil {
			return func(context.Context) error { return err }
		}
		present = append(present, name)
	}
	root := c.tree.Root()
	return func(ctx context.Context) error {
		if len(present) == 0 {
			return nil
		}
		described, err := output(ctx, root, "go", "run", "./cmd/web", "describe", "--json")
		if err != nil {
			return err
		}
		for _, name := range present {
			content, err := document(ctx, root, name, described)
			if err != nil {
				return err
			}
			if err := c.tree.WriteGenerated(name, content); err != nil {
				return err
			}
		}
		return nil
	}
}

func document(ctx context.Context, root, name string, described []byte) ([]byte, error) {
	if name == asyncAPI {
		return output(ctx, root, "go", "run", "./cmd/web", "describe", "--asyncapi")
	}
	form := map[string]string{mapPage: "markdown", mapPicture: "svg"}[name]
	cmd := exec.CommandContext(ctx, "go", "run", "-C", "tools", "./describe", "-root", root, form)
	cmd.Dir = root
	cmd.Stdin = bytes.NewReader(described)
	var complaints strings.Builder
	cmd.Stderr = &complaints
	content, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("tools/describe failed: %w\n%s", err, complaints.String())
	}
	return content, nil
}
