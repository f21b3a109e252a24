package pergola_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestTask_namesMissingToolsInOneLine(t *testing.T) {
	t.Parallel()
	const (
		goodGo   = "#!/bin/sh\necho go1.26.8\n"
		goodNode = "#!/bin/sh\necho v20.20.2\n"
	)
	tests := map[string]struct {
		programs map[string]string
		args     []string
		want     string
	}{
		"no Go":   {nil, []string{"--list"}, "Go is missing"},
		"old Go":  {map[string]string{"go": "#!/bin/sh\necho go1.22.3\n"}, []string{"--list"}, "Go 1.26 or newer is needed, found 1.22.3"},
		"no Node": {map[string]string{"go": goodGo}, []string{"dev"}, "Node.js is missing"},
		"old Node": {
			map[string]string{"go": goodGo, "node": "#!/bin/sh\necho v16.3.0\n"},
			[]string{"dev:seed"}, "Node 20 or newer is needed, found 16.3.0",
		},
		"no npm": {map[string]string{"go": goodGo, "node": goodNode}, []string{"test", "--", "./..."}, "npm is missing"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bin := t.TempDir()
			for program, script := range tt.programs {
				if err := os.WriteFile(filepath.Join(bin, program), []byte(script), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			for _, program := range []string{"dirname", "cut"} {
				path, err := exec.LookPath(program)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.Symlink(path, filepath.Join(bin, program)); err != nil {
					t.Fatal(err)
				}
			}
			cmd := exec.Command("/bin/sh", append([]string{"./task"}, tt.args...)...)
			cmd.Env = []string{"PATH=" + bin}

			output, err := cmd.CombinedOutput()

			if err == nil {
				t.Error("exit code = 0, want 1")
			}
			message := strings.TrimSpace(string(output))
			if !strings.HasPrefix(message, "task: "+tt.want) || strings.Contains(message, "\n") {
				t.Errorf("message %q, want one line that begins with %q", message, "task: "+tt.want)
			}
		})
	}
}
