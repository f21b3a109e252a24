package newproject

import (
	"bytes"
	"context"

	"example.com/pergola/cmd/gen/internal/git"
)

// templateVersion names the commit that the template's checkout is at, and says
// if its files differ from it.
func templateVersion(ctx context.Context, template string) string {
	output, err := git.Run(ctx, template, "describe", "--tags", "--always", "--dirty")
	if err != nil {
		return "unknown" // nothing is committed yet
	}
	return string(bytes.TrimSpace(output))
}
