// Describe shows what each feature publishes and handles: its routes, channels,
// events, jobs, tables, and the features that it imports. It reads the output of
// `web describe --json` and runs the go command for the imports.
//
//	go run ./cmd/web describe --json | go run -C tools ./describe -root DIRECTORY [text | json | markdown | svg | write]
//
// It prints text by default. `write` updates docs/map.gen.md and
// docs/images/map.gen.svg if they have changed.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

func main() {
	root := flag.String("root", ".", "the `directory` of the application")
	flag.Parse()
	if err := run(*root, flag.Args(), os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "describe:", err)
		os.Exit(1)
	}
}

func run(root string, args []string, stdin io.Reader, stdout io.Writer) error {
	form := "text"
	if len(args) > 0 {
		form = args[0]
	}
	forms := map[string]func(application) []byte{"text": text, "json": asJSON, "markdown": markdown, "svg": svg}
	write, known := forms[form]
	if len(args) > 1 || !known && form != "write" {
		return fmt.Errorf("usage: describe [text | json | markdown | svg | write], not %q", args)
	}
	described, err := read(stdin)
	if err != nil {
		return err
	}
	if err := described.addNeeds(root); err != nil {
		return err
	}
	if form != "write" {
		_, err := stdout.Write(write(described))
		return err
	}
	if err := writeFile(filepath.Join(root, "docs/map.gen.md"), markdown(described)); err != nil {
		return err
	}
	return writeFile(filepath.Join(root, "docs/images/map.gen.svg"), svg(described))
}

func writeFile(name string, content []byte) error {
	if before, err := os.ReadFile(name); err == nil && bytes.Equal(before, content) {
		return nil
	}
	return os.WriteFile(name, content, 0o644)
}

func asJSON(a application) []byte {
	content, err := json.MarshalIndent(a, "", "  ")
	if err != nil {
		panic(err) // it was read from JSON
	}
	return append(content, '\n')
}
