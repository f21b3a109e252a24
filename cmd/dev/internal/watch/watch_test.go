package watch_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/pergola/cmd/dev/internal/watch"
)

func TestChanges_reportsSourceFiles(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		before map[string]string
		change func(t *testing.T, root string)
		then   func(t *testing.T, root string) // after the first change was reported
		want   []string
	}{
		"a file is saved": {
			before: map[string]string{"features/blog/article.go": "package blog"},
			change: func(t *testing.T, root string) { write(t, root, "features/blog/article.go", "package blog // changed") },
			want:   []string{"features/blog/article.go"},
		},
		"a file is replaced, as many editors do": {
			before: map[string]string{"views.templ": "one"},
			change: func(t *testing.T, root string) {
				write(t, root, "views.templ~", "two")
				if err := os.Rename(filepath.Join(root, "views.templ~"), filepath.Join(root, "views.templ")); err != nil {
					t.Fatal(err)
				}
			},
			want: []string{"views.templ"},
		},
		"a file is emptied": {
			before: map[string]string{"article.go": "package blog"},
			change: func(t *testing.T, root string) { write(t, root, "article.go", "") },
			want:   []string{"article.go"},
		},
		"a file is removed": {
			before: map[string]string{"article.go": "package blog"},
			change: func(t *testing.T, root string) { remove(t, root, "article.go") },
			want:   []string{"article.go"},
		},
		"a folder is created and filled": {
			change: func(t *testing.T, root string) { write(t, root, "features/new/new.go", "package new") },
			want:   []string{"features/new/new.go"},
		},
		"a folder is removed": {
			before: map[string]string{"old/a.go": "package old", "old/deep/b.sql": "select 1"},
			change: func(t *testing.T, root string) { remove(t, root, "old") },
			want:   []string{"old/a.go", "old/deep/b.sql"},
		},
		"a file in a renamed folder is saved": {
			before: map[string]string{"old/deep/a.go": "package deep"},
			change: func(t *testing.T, root string) {
				rename(t, root, "old", "new")
				write(t, root, "started.go", "package started")
			},
			then: func(t *testing.T, root string) { write(t, root, "new/deep/a.go", "package deep // changed") },
			want: []string{"new/deep/a.go"},
		},
		"an embedded file is saved": {
			before: map[string]string{
				"auth/auth.go":   "package auth\n\n//go:embed words.txt samples\nvar files embed.FS\n",
				"auth/words.txt": "one", "auth/samples/a/b.md": "# One", "auth/other.txt": "one",
			},
			change: func(t *testing.T, root string) {
				write(t, root, "auth/other.txt", "two")
				write(t, root, "auth/words.txt", "two")
				write(t, root, "auth/samples/a/b.md", "# Two")
			},
			want: []string{"auth/samples/a/b.md", "auth/words.txt"},
		},
		"irrelevant files are ignored": {
			before: map[string]string{"same.go": "package same", ".data/x.go": "x", "web/node_modules/x/x.go": "x", "other/go.mod": "module other"},
			change: func(t *testing.T, root string) {
				write(t, root, "same.go", "package same")
				write(t, root, "article_test.go", "package blog_test")
				write(t, root, "views_templ.go", "package blog")
				write(t, root, "README.md", "read me")
				write(t, root, ".data/x.go", "changed")
				write(t, root, "web/node_modules/x/x.go", "changed")
				write(t, root, "other/x.go", "package other")
				write(t, root, "last.go", "package last")
			},
			want: []string{"last.go"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			for name, content := range tt.before {
				write(t, root, name, content)
			}
			watcher, err := watch.Dir(root)
			if err != nil {
				t.Fatal(err)
			}
			defer watcher.Close()

			tt.change(t, root)

			if tt.then != nil {
				for reported := []string(nil); !slices.Contains(reported, "started.go"); reported = <-watcher.Changes() {
				}
				tt.then(t, root)
			}
			var got []string
			deadline := time.After(10 * time.Second)
			for !slices.Equal(got, tt.want) {
				select {
				case changed := <-watcher.Changes():
					got = append(got, changed...)
					slices.Sort(got)
					got = slices.Compact(got)
				case <-deadline:
					t.Fatalf("changes = %q, want %q", got, tt.want)
				}
			}
		})
	}
}

// limited runs a test again as a user who may watch three folders. It returns true
// in that run.
func limited(t *testing.T) bool {
	t.Helper()
	if os.Getenv("PERGOLA_TEST_LIMITED") != "" {
		return true
	}
	const script = `echo 3 >/proc/sys/user/max_inotify_watches && exec "$@"`
	if err := exec.Command("unshare", "-Ur", "sh", "-c", script, "sh", "true").Run(); err != nil {
		t.Skipf("cannot lower the limit on this machine: %v", err)
	}
	again := exec.CommandContext(t.Context(), "unshare", "-Ur", "sh", "-c", script, "sh", os.Args[0], "-test.run=^"+t.Name()+"$")
	again.Env = append(os.Environ(), "PERGOLA_TEST_LIMITED=1")
	if output, err := again.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
	return false
}

func expectLimit(t *testing.T, err error) {
	t.Helper()
	limit, ok := errors.AsType[*watch.LimitError](err)
	if !ok || limit.Setting != "fs.inotify.max_user_watches" || strings.Contains(err.Error(), "space") || strings.Contains(err.Error(), "\n") {
		t.Errorf("error = %v, want one line that names the limit", err)
	}
}

func TestDir_namesTheLimitOfTheSystem(t *testing.T) {
	t.Parallel()
	if !limited(t) {
		return
	}
	root := t.TempDir()
	for _, folder := range []string{"a", "b", "c"} {
		write(t, root, folder+"/a.go", "package a")
	}

	watcher, err := watch.Dir(root)

	expectLimit(t, err)
	if watcher != nil {
		watcher.Close()
	}
}

func TestFailed_namesTheLimitOfTheSystemForNewFolders(t *testing.T) {
	t.Parallel()
	if !limited(t) {
		return
	}
	root := t.TempDir()
	watcher, err := watch.Dir(root)
	if err != nil {
		t.Fatal(err)
	}
	defer watcher.Close()

	write(t, root, "a/b/c/a.go", "package a")

	for {
		select {
		case <-watcher.Changes():
		case err := <-watcher.Failed():
			expectLimit(t, err)
			return
		case <-time.After(10 * time.Second):
			t.Fatal("no error is reported")
		}
	}
}

func write(t *testing.T, root, name, content string) {
	t.Helper()
	path := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func rename(t *testing.T, root, from, to string) {
	t.Helper()
	if err := os.Rename(filepath.Join(root, from), filepath.Join(root, to)); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, root, name string) {
	t.Helper()
	if err := os.RemoveAll(filepath.Join(root, name)); err != nil {
		t.Fatal(err)
	}
}
