package project

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
)

// required returns the modules that a go.mod requires, with their versions.
func required(ctx context.Context, folder, file string) (map[string]string, error) {
	output, err := run(ctx, folder, "go", "mod", "edit", "-json", file)
	if err != nil {
		return nil, err
	}
	var module struct {
		Require []struct{ Path, Version string }
	}
	if err := json.Unmarshal(output, &module); err != nil {
		return nil, fmt.Errorf("parse the output of go mod edit: %w", err)
	}
	versions := map[string]string{}
	for _, r := range module.Require {
		versions[r.Path] = r.Version
	}
	return versions, nil
}

var moduleLine = regexp.MustCompile(`(?m)^module (\S+)$`)

// Module returns the module path of the project.
func (f Files) Module() string {
	if found := moduleLine.FindSubmatch(f[goMod].Content); found != nil {
		return string(found[1])
	}
	return ""
}
