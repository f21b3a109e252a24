package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestNew_dryRunSaysWhatItWouldCreate(t *testing.T) {
	t.Parallel()
	template, err := projectRoot(".")
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(t.TempDir(), "crewboard")

	got := callIn(t, template, commands(), "new", folder, "--module", "example.com/crewboard", "--dry-run")

	if _, err := os.Stat(folder); err == nil || got.code != 0 || !strings.HasPrefix(got.stdout, "created  "+folder+"\nThis was a dry run") {
		t.Errorf("got %+v, and of the folder %v", got, err)
	}
}

func TestShellQuote_quotesWhatAShellWouldSplit(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{
		"../shop": "../shop", "/home/ada/my-shop": "/home/ada/my-shop", "../my shop": "'../my shop'", "../ada's": `'../ada'\''s'`,
		"$HOME": "'$HOME'", "-shop": "'-shop'", "": "''",
	} {
		if got := shellQuote(word); got != want {
			t.Errorf("shellQuote(%q) = %s, want %s", word, got, want)
		}
	}
}

// wire itself cannot run in this module, as it cannot with a mistake in a package.
func TestWiring_reportsTheMistakeThatTheCompilerFinds(t *testing.T) {
	t.Parallel()
	root := projectWith(t, map[string]string{
		"core/core.go": "package core\n", "web/web.go": "package web\n",
		"features/blog/blog.go": "package blog\n\nvar Title = heading\n",
	})

	err := generateWiring(t.Context(), root)

	if err == nil || !strings.Contains(err.Error(), "features/blog/blog.go:3:13: undefined: heading") || strings.Contains(err.Error(), "wire") {
		t.Errorf("got %v, want the mistake and its place", err)
	}
}
