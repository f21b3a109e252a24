package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// edit is a kind of change: what to write into which file, and what the page must
// then contain. Each N is replaced by the number of the change.
type edit struct {
	what  string
	file  string
	save  func(before string, n int) string
	shown string // JavaScript
}

var edits = []edit{
	{
		what:  "text in .templ",
		file:  "web/layout.templ",
		save:  numbered(`data-devloop-text="%d"`),
		shown: `document.querySelector("[data-devloop-text]").dataset.devloopText === "%d"`,
	},
	{
		what:  "TypeScript",
		file:  "web/src/app.ts",
		save:  appended("\ndocument.documentElement.dataset.devloopScript = \"%d\";\n"),
		shown: `document.documentElement.dataset.devloopScript === "%d"`,
	},
	{
		what:  "CSS",
		file:  "web/src/app.css",
		save:  appended("\n:root { --devloop: %d; }\n"),
		shown: `getComputedStyle(document.documentElement).getPropertyValue("--devloop").trim() === "%d"`,
	},
	{
		what:  "Go, in a feature",
		file:  "features/blog/devloop.go",
		save:  func(_ string, n int) string { return fmt.Sprintf(goSource, n) },
		shown: `document.querySelector("[data-devloop-code]").dataset.devloopCode === "%d"`,
	},
}

const goSource = `package blog

func devloop() string { return "%d" }
`

// prepare adds insertion points for the changes to the copy: an attribute with
// text in the layout, and one with a value from Go on the front page.
func (c *checkout) prepare() error {
	if err := c.replace("web/layout.templ", "<footer ", `<footer data-devloop-text="0" `); err != nil {
		return err
	}
	if err := c.replace("features/blog/views.templ", `<div class="mx-auto max-w-2xl">`, `<div class="mx-auto max-w-2xl" data-devloop-code={ devloop() }>`); err != nil {
		return err
	}
	return c.write("features/blog/devloop.go", fmt.Sprintf(goSource, 0))
}

// measure saves the file and waits until the page shows it.
func (c *checkout) measure(ctx context.Context, p *page, e edit, n int) (time.Duration, error) {
	path := filepath.Join(c.dir, e.file)
	before, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	content := []byte(e.save(string(before), n))
	begun := time.Now()
	if err := os.WriteFile(path, content, 0o644); err != nil {
		return 0, err
	}
	if err := p.waitFor(ctx, fmt.Sprintf(e.shown, n)); err != nil {
		return 0, fmt.Errorf("%w\n%s", err, c.output())
	}
	took := time.Since(begun)
	return took, p.settle(ctx)
}

// numbered replaces the number of the previous change.
func numbered(format string) func(string, int) string {
	return func(before string, n int) string {
		return strings.Replace(before, fmt.Sprintf(format, n-1), fmt.Sprintf(format, n), 1)
	}
}

// appended adds a line, replacing that of the previous change.
func appended(format string) func(string, int) string {
	return func(before string, n int) string {
		return strings.TrimSuffix(before, fmt.Sprintf(format, n-1)) + fmt.Sprintf(format, n)
	}
}

func (c *checkout) replace(file, before, after string) error {
	content, err := os.ReadFile(filepath.Join(c.dir, file))
	if err != nil {
		return err
	}
	if !strings.Contains(string(content), before) {
		return fmt.Errorf("%s no longer contains %q: update bench/devloop/edits.go", file, before)
	}
	return c.write(file, strings.Replace(string(content), before, after, 1))
}

func (c *checkout) write(file, content string) error {
	return os.WriteFile(filepath.Join(c.dir, file), []byte(content), 0o644)
}
