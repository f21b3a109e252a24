package pergola_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
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

// checkout is a folder with the task script, the modules of the tools, and a
// Taskfile.
func checkout(t *testing.T, taskfile string) string {
	t.Helper()
	root := t.TempDir()
	for _, name := range []string{"task", "tools/go.mod", "tools/go.sum"} {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		save(t, filepath.Join(root, name), string(content))
	}
	save(t, filepath.Join(root, "Taskfile.yml"), taskfile)
	return root
}

func save(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o755); err != nil {
		t.Fatal(err)
	}
}

func TestTask_buildsToolsForThisMachineWhateverGoIsSetTo(t *testing.T) {
	t.Parallel()
	const taskfile = `version: "3"
silent: true
tasks:
  show:
    cmds:
      - go env GOOS GOARCH GOAMD64 GOWORK GO111MODULE
      - echo "flags $GOFLAGS"
      - echo "node $NODE_ENV"
      - echo "product $PRODUCT"
      - echo "compiler $CC"
      - echo "service $PGSERVICE $PGHOST"
`
	root := checkout(t, taskfile)
	other := "arm64"
	if runtime.GOARCH == other {
		other = "amd64"
	}
	home := t.TempDir()
	save(t, filepath.Join(filepath.Dir(root), "go.work"), "go 1.26\n\nuse ./elsewhere\n")
	cmd := exec.CommandContext(t.Context(), "/bin/sh", "./task", "show")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+home, "GOCACHE="+goCache(t), "GOARCH="+other, "GOAMD64=v4", "GOARM64=v8.1",
		"GO111MODULE=off", "GOFLAGS="+os.Getenv("GOFLAGS")+" -mod=mod -modfile=nowhere.mod", "NODE_ENV=production", "CC=/does/not/exist",
		"PGSERVICE=production", "PGHOST=db.invalid", "DATABASE_URL=", "TEST_DATABASE_URL=")

	output, err := cmd.CombinedOutput()

	if err != nil {
		t.Fatalf("./task show: %v\n%s", err, output)
	}
	lines := strings.Split(strings.TrimPrefix(strings.TrimSpace(string(output)), "building Task (first run only) …\n"), "\n")
	want := []string{
		runtime.GOOS, runtime.GOARCH, lines[2], "off", "on",
		strings.TrimSpace("flags -buildvcs=false " + kept(os.Getenv("GOFLAGS"))), "node", "product GOOS=" + runtime.GOOS + " GOARCH=" + other + " GOAMD64=v4 GOARM64=v8.1", "compiler", "service",
	}
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	if !slices.Equal(lines, want) || lines[2] == "v4" {
		t.Errorf("the tools run with\n%q\nwant\n%q", lines, want)
	}
}

// goCache returns the folder of Go's build cache, which otherwise depends on
// XDG_CACHE_HOME.
func goCache(t *testing.T) string {
	t.Helper()
	output, err := exec.CommandContext(t.Context(), "go", "env", "GOCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(output))
}

// kept returns the flags that the script keeps.
func kept(flags string) string {
	return strings.Join(slices.DeleteFunc(strings.Fields(flags), func(flag string) bool {
		return strings.HasPrefix(flag, "-buildvcs") || strings.HasPrefix(flag, "-mod")
	}), " ")
}

func TestGitattributes_setTheLineEndings(t *testing.T) {
	t.Parallel()
	origin, home := t.TempDir(), t.TempDir()
	names := []string{".gitattributes", "task", "Taskfile.yml", "go.mod", "architecture_test.go", "web/build.mjs"}
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		save(t, filepath.Join(origin, name), string(content))
	}
	git := func(args ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "git", args...)
		cmd.Dir = origin
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home}
		if output, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %q: %v\n%s", args, err, output)
		}
	}
	git("init", "-q")
	git("add", "-A")
	git("-c", "user.name=Ada", "-c", "user.email=ada@example.com", "commit", "-q", "-m", "Start")
	clone := filepath.Join(home, "clone")

	git("clone", "-q", "-c", "core.autocrlf=true", "-c", "core.eol=crlf", ".", clone)

	for _, name := range names {
		content, err := os.ReadFile(filepath.Join(clone, name))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(content), "\r") {
			t.Errorf("%s has CRLF line endings in a clone with core.autocrlf", name)
		}
	}
}
