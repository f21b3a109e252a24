package templates_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/pergola/cmd/dev/internal/templates"
)

const page = `package blog

templ page(title string) {
	<h1 class="large">{ title }</h1>
	<p>Hello</p>
}
`

func TestUpdate_returnsTheEffectOfAChange(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		before, after string
		want          templates.Effect
	}{
		"other text":       {page, strings.Replace(page, "Hello", "Good day", 1), templates.Text},
		"another class":    {page, strings.Replace(page, "large", "small", 1), templates.Text},
		"more elements":    {page, strings.Replace(page, "<p>Hello</p>", "<p>Hello</p><hr/>", 1), templates.Text},
		"only spaces":      {page, strings.Replace(page, "\t<p>", "\n\n\t<p>", 1), templates.Nothing},
		"another value":    {page, strings.Replace(page, "{ title }", "{ title + title }", 1), templates.Code},
		"one value more":   {page, strings.Replace(page, "Hello", "{ title }", 1), templates.Code},
		"another template": {page, page + "\ntempl other() {\n\t<hr/>\n}\n", templates.Code},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			write(t, root, tt.before)
			set, err := templates.Load(root)
			if err != nil {
				t.Fatal(err)
			}
			text, err := set.NewText(filepath.Join(t.TempDir(), "text"))
			if err != nil {
				t.Fatal(err)
			}
			defer text.Close()

			write(t, root, tt.after)
			got, err := set.Update("page.templ")

			if err != nil {
				t.Fatalf("Update: %v", err)
			}
			if got != tt.want {
				t.Errorf("effect = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestUpdate_writesTextForEveryApplicationWithMatchingCode(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	write(t, root, page)
	set, err := templates.Load(root)
	if err != nil {
		t.Fatal(err)
	}
	oldDir, newDir := filepath.Join(t.TempDir(), "old"), filepath.Join(t.TempDir(), "new")
	if _, err := set.NewText(oldDir); err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(page, "{ title }", "{ title } { title }", 1)
	write(t, root, changed)
	if _, err := set.Update("page.templ"); err != nil {
		t.Fatal(err)
	}
	if _, err := set.NewText(newDir); err != nil {
		t.Fatal(err)
	}

	write(t, root, strings.Replace(changed, "Hello", "Good day", 1))
	effect, err := set.Update("page.templ")

	if err != nil || effect != templates.Text {
		t.Errorf("Update = %v, %v, want %v: the application that is being built shows it", effect, err, templates.Text)
	}
	if old := readAll(t, oldDir); !strings.Contains(old, "Hello") || strings.Contains(old, "Good day") {
		t.Errorf("text of the application with different code = %q, want the text that was compiled", old)
	}
	if now := readAll(t, newDir); !strings.Contains(now, "Good day") {
		t.Errorf("text of the new application = %q, want the new text", now)
	}
}

func TestUpdate_reportsThePositionOfAMistake(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ source, want string }{
		"in the template":   {strings.Replace(page, "</h1>", "", 1), "page.templ:6:1: <h1>"},
		"in the expression": {strings.Replace(page, "{ title }", "{ title( }", 1), "page.templ:4:"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			write(t, root, tt.source)

			_, err := templates.Load(root)

			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("error = %v, want one that begins with %q", err, tt.want)
			}
		})
	}
}

func TestSource_findsTheLineOfTheTemplate(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	write(t, root, page)
	set, err := templates.Load(root)
	if err != nil {
		t.Fatal(err)
	}
	code, err := os.ReadFile(filepath.Join(root, "page_templ.go"))
	if err != nil {
		t.Fatal(err)
	}
	line, column := position(string(code), "JoinStringErrs(title)")

	name, sourceLine, sourceColumn, ok := set.Source("page_templ.go", line, column+len("JoinStringErrs("))

	if !ok || name != "page.templ" || sourceLine != 4 || sourceColumn != 22 {
		t.Errorf("Source = %s:%d:%d, %v, want page.templ:4:22", name, sourceLine, sourceColumn, ok)
	}
}

func TestUpdate_removesTheCodeOfARemovedTemplate(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	write(t, root, page)
	set, err := templates.Load(root)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(root, "page.templ")); err != nil {
		t.Fatal(err)
	}

	effect, err := set.Update("page.templ")

	if err != nil || effect != templates.Code {
		t.Errorf("Update = %v, %v, want %v", effect, err, templates.Code)
	}
	if _, err := os.Stat(filepath.Join(root, "page_templ.go")); !os.IsNotExist(err) {
		t.Errorf("the code of the template still exists (%v)", err)
	}
}

func write(t *testing.T, root, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(root, "page.templ"), []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func readAll(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, entry := range entries {
		content, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all.Write(content)
	}
	return all.String()
}

func position(text, part string) (line, column int) {
	before, _, _ := strings.Cut(text, part)
	return strings.Count(before, "\n") + 1, len(before) - strings.LastIndex(before, "\n")
}
