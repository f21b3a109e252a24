package newproject

import (
	"context"
	"os/exec"
	"strings"
)

// templateVersion names the commit that the template's checkout is at, and says
// if its files differ from it.
func templateVersion(ctx context.Context, template string) string {
	cmd := exec.CommandContext(ctx, "git", "describe", "--tags", "--always", "--dirty")
	cmd.Dir = template
	output, err := cmd.Output()
	if err != nil {
		return "unknown" // nothing is committed yet
	}
	return strings.TrimSpace(string(output))
}
