package newproject

import (
	"context"
	"encoding/json"
	"os/exec"
	"strings"

	"example.com/pergola/cmd/gen/internal/parts"
)

// recordFile says what a project was made from.
const recordFile = "template.json"

// record is the content of recordFile.
type record struct {
	Template string `json:"template"`
	Version  string `json:"version"` // as `git describe` names the template's commit
	Module   string `json:"module"`
	Title    string `json:"title"`
	Slim     bool   `json:"slim"`
}

func (r record) file() (parts.File, error) {
	content, err := json.MarshalIndent(r, "", "  ")
	return parts.File{Content: append(content, '\n'), Mode: 0o644}, err
}

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
