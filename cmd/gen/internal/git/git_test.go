package git_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"example.com/pergola/cmd/gen/internal/git"
)

// The test binary is also a program that starts a repository, so that tests can
// run it with other variables.
func TestMain(m *testing.M) {
	if folder := os.Getenv("PERGOLA_TEST_START"); folder != "" {
		if err := git.Start(context.Background(), folder, "Start", git.Author{Name: "Shop", Email: "shop@localhost"}, "template"); err != nil {
			panic(err)
		}
		return
	}
	os.Exit(m.Run())
}

// startWith starts a repository with these variables and returns its folder.
func startWith(t *testing.T, env ...string) string {
	t.Helper()
	folder := t.TempDir()
	write(t, filepath.Join(folder, "go.mod"), "module example.com/shop\n")
	write(t, filepath.Join(folder, "notes.txt"), "one\ntwo\n")
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(append(os.Environ(), "PERGOLA_TEST_START="+folder), env...)
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("start a repository with %q: %v\n%s", env, err, output)
	}
	return folder
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o755); err != nil {
		t.Fatal(err)
	}
}

func ask(t *testing.T, folder string, args ...string) string {
	t.Helper()
	output, err := git.Run(t.Context(), folder, args...)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(output))
}

func TestStart_ignoresTheUsersConfiguration(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	other := startWith(t)
	write(t, filepath.Join(home, "hooks", "pre-commit"), "#!/bin/sh\nexit 1\n")
	write(t, filepath.Join(home, "template", "hooks", "commit-msg"), "#!/bin/sh\nexit 1\n")
	write(t, filepath.Join(home, "ignore"), "*\n")
	write(t, filepath.Join(home, "xdg", "git", "ignore"), "*\n")
	write(t, filepath.Join(home, "xdg", "git", "attributes"), "* text eol=crlf\n")
	settings := map[string]string{
		"signing":         "[commit]\n\tgpgSign = true\n[gpg]\n\tprogram = false\n",
		"hooks":           "[core]\n\thooksPath = " + home + "/hooks\n",
		"a template":      "[init]\n\ttemplateDir = " + home + "/template\n",
		"ignored files":   "[core]\n\texcludesFile = " + home + "/ignore\n",
		"line endings":    "[core]\n\tautocrlf = true\n\teol = crlf\n\tsafecrlf = true\n",
		"no default name": "[user]\n\tuseConfigOnly = true\n",
		"a syntax error":  "[core\n",
		"verbose commits": "[commit]\n\tverbose = true\n\tcleanup = verbatim\n\ttemplate = /does/not/exist\n",
	}
	for name, text := range settings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "gitconfig")
			write(t, file, text)

			folder := startWith(t, "GIT_CONFIG_GLOBAL="+file, "XDG_CONFIG_HOME="+home+"/xdg",
				"GIT_DIR="+other+"/.git", "GIT_WORK_TREE="+other, "GIT_INDEX_FILE="+other+"/.git/index")

			if got := ask(t, folder, "ls-tree", "--name-only", "template"); got != "go.mod\nnotes.txt" {
				t.Errorf("committed %q, want both files", got)
			}
			if got := ask(t, folder, "show", "main:notes.txt"); got != "one\ntwo" {
				t.Errorf("committed %q, want the content of the file", got)
			}
			if got := ask(t, folder, "log", "--format=%an <%ae>"); got != "Shop <shop@localhost>" {
				t.Errorf("committed as %s", got)
			}
		})
	}
	if got := ask(t, other, "log", "--format=%s"); got != "Start" {
		t.Errorf("the repository in GIT_DIR has the history %q, want it unchanged", got)
	}
}

func TestStart_commitsAsTheUser(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "gitconfig")
	write(t, file, "[user]\n\tname = Ada\n\temail = ada@example.com\n")

	folder := startWith(t, "GIT_CONFIG_GLOBAL="+file)

	if got := ask(t, folder, "log", "--format=%an <%ae>"); got != "Ada <ada@example.com>" {
		t.Errorf("committed as %s, want the configured user", got)
	}
}

func TestRun_readsTheRepositoryOfAnotherUser(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("needs root, to give a folder to another user")
	}
	folder := startWith(t)
	err := filepath.WalkDir(folder, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return syscall.Lchown(path, 65534, 65534)
	})
	if err != nil {
		t.Fatal(err)
	}

	if got := ask(t, folder, "ls-files"); got != "go.mod\nnotes.txt" {
		t.Errorf("files = %q", got)
	}
}

func TestRun_saysWhatIsWrong(t *testing.T) {
	t.Parallel()

	_, err := git.Run(t.Context(), t.TempDir(), "ls-files")
	if !errors.Is(err, git.ErrNoRepository) {
		t.Errorf("in a folder without a repository: %v, want %v", err, git.ErrNoRepository)
	}

	_, err = git.Run(t.Context(), startWith(t), "show", "nothing")
	if err == nil || !strings.Contains(err.Error(), "nothing") {
		t.Errorf("Run = %v, want git's message", err)
	}
}
