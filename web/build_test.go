package web_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The sources may be in a repository that ignores them, such as a package manager's
// or that of a home folder.
func TestBuild_findsTemplatesThatGitIgnores(t *testing.T) {
	t.Parallel()
	outer := t.TempDir()
	if output, err := exec.CommandContext(t.Context(), "git", "init", "-q", outer).CombinedOutput(); err != nil {
		t.Fatalf("git init: %v\n%s", err, output)
	}
	web := copyBuild(t, filepath.Join(outer, "project"))
	for name, class := range map[string]string{
		"web/page.templ":                       "mt-[11px]",
		"web/components/button.templ":          "mt-[12px]",
		"features/blog/views.templ":            "mt-[13px]",
		"features/blog/deep/folder/view.templ": "mt-[14px]",
		"features/blog/testdata/view.templ":    "mt-[15px]",
		"features/blog/views.txt":              "mt-[16px]",
	} {
		write(t, filepath.Join(outer, "project", name), `<p class="`+class+`"></p>`)
	}
	write(t, filepath.Join(outer, ".gitignore"), "project\n")

	if output, err := exec.CommandContext(t.Context(), "node", filepath.Join(web, "build.mjs")).CombinedOutput(); err != nil {
		t.Fatalf("node build.mjs: %v\n%s", err, output)
	}

	sheets, err := filepath.Glob(filepath.Join(web, "dist", "app-*.css"))
	if err != nil || len(sheets) != 1 {
		t.Fatalf("style sheets %q, %v, want one", sheets, err)
	}
	css, err := os.ReadFile(sheets[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range []string{"11px", "12px", "13px", "14px"} {
		if !strings.Contains(string(css), "margin-top:"+rule) {
			t.Errorf("the style sheet lacks the rule of mt-[%s]", rule)
		}
	}
	for _, rule := range []string{"15px", "16px"} {
		if strings.Contains(string(css), "margin-top:"+rule) {
			t.Errorf("the style sheet has the rule of mt-[%s], which is in no template of the application", rule)
		}
	}
}

// A watch follows its folder when that is renamed, and its name may become that of another folder.
func TestBuild_watchesRenamedFolders(t *testing.T) {
	t.Parallel()
	project := t.TempDir()
	web := copyBuild(t, project)
	features := filepath.Join(project, "features")
	write(t, filepath.Join(features, "blog", "views.templ"), `<p class="mt-[11px]"></p>`)
	build := exec.CommandContext(t.Context(), "node", filepath.Join(web, "build.mjs"), "--watch")
	output, err := build.StdoutPipe()
	if err == nil {
		err = build.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = build.Process.Kill(); _ = build.Wait() })
	lines := bufio.NewScanner(output)
	waitForRule := func(pixels string) {
		t.Helper()
		for lines.Scan() {
			sheets, _ := filepath.Glob(filepath.Join(web, "dist", "app-*.css"))
			for _, sheet := range sheets {
				if css, err := os.ReadFile(sheet); err == nil && strings.Contains(string(css), "margin-top:"+pixels) || strings.Contains(string(css), "margin-top: "+pixels) {
					return
				}
			}
		}
		t.Fatalf("the build ended without the rule of mt-[%s]", pixels)
	}
	waitForRule("11px")

	rename(t, filepath.Join(features, "blog"), filepath.Join(features, "news"))
	write(t, filepath.Join(features, "blog", "views.templ"), `<p class="mt-[12px]"></p>`)
	waitForRule("12px")
	write(t, filepath.Join(features, "blog", "views.templ"), `<p class="mt-[13px]"></p>`)
	waitForRule("13px")
	write(t, filepath.Join(features, "news", "views.templ"), `<p class="mt-[14px]"></p>`)
	waitForRule("14px")
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

// copyBuild copies what builds the assets to a project, and returns its folder web.
func copyBuild(t *testing.T, project string) string {
	t.Helper()
	web := filepath.Join(project, "web")
	if err := os.CopyFS(filepath.Join(web, "src"), os.DirFS("src")); err != nil {
		t.Fatal(err)
	}
	packages, err := filepath.Abs("node_modules")
	if err == nil {
		err = os.Symlink(packages, filepath.Join(web, "node_modules"))
	}
	if err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile("build.mjs")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(web, "build.mjs"), string(script))
	return web
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}
