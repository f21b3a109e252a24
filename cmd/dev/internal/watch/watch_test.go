package watch_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"example.com/pergola/cmd/dev/internal/watch"
)

func TestChanges_reportsSourceFiles(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		before map[string]string
		change func(t *testing.T, root string)
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

func remove(t *testing.T, root, name string) {
	t.Helper()
	if err := os.RemoveAll(filepath.Join(root, name)); err != nil {
		t.Fatal(err)
	}
}
