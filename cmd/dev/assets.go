package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
	"time"

	"example.com/pergola/cmd/dev/internal/process"
)

// assetEvent is a message of the asset watcher: which assets were built, or the
// mistakes in one kind of source.
type assetEvent struct {
	built    []string // "app.css"
	kind     assetKind
	mistakes string
	ended    error // set if the watcher itself has exited
}

type assetKind string

const (
	scripts assetKind = "scripts"
	styles  assetKind = "styles"
)

// watchAssets runs web/build.mjs until ctx ends. The script writes a line
// "assets: app.css app.js" after each build, and mistakes to standard error.
func watchAssets(ctx context.Context, s settings, children *process.Family) (<-chan assetEvent, error) {
	stdout, stdoutWriter := io.Pipe()
	stderr, stderrWriter := io.Pipe()
	node := exec.Command("node", "build.mjs", "--watch")
	node.Dir = s.web()
	node.Stdout, node.Stderr = stdoutWriter, stderrWriter
	watcher, err := children.Start(node)
	if err != nil {
		return nil, fmt.Errorf("watch the assets: %w", err)
	}
	events := make(chan assetEvent)
	send := func(n assetEvent) {
		select {
		case events <- n:
		case <-ctx.Done():
		}
	}
	go readBuilt(stdout, send)
	go readMistakes(stderr, send)
	go func() {
		select {
		case <-ctx.Done():
			watcher.Stop(time.Second)
		case <-watcher.Done():
			send(assetEvent{ended: fmt.Errorf("web/build.mjs --watch has exited: %v", watcher.Err())})
		}
		_ = stdoutWriter.Close()
		_ = stderrWriter.Close()
	}()
	return events, nil
}

func readBuilt(r io.Reader, send func(assetEvent)) {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if names, ok := strings.CutPrefix(lines.Text(), "assets:"); ok {
			send(assetEvent{built: strings.Fields(names)})
		}
	}
}

// sameBuild is the maximum pause between error lines of the same build.
const sameBuild = 40 * time.Millisecond

// readMistakes collects the error lines of one build into one message.
func readMistakes(r io.Reader, send func(assetEvent)) {
	lines := make(chan string)
	go func() {
		defer close(lines)
		scanner := bufio.NewScanner(r)
		for scanner.Scan() {
			lines <- scanner.Text()
		}
	}()
	gathered := map[assetKind][]string{}
	var complete <-chan time.Time
	for {
		select {
		case line, ok := <-lines:
			if !ok {
				return
			}
			kind := kindOf(line)
			gathered[kind] = append(gathered[kind], line)
			complete = time.After(sameBuild)
		case <-complete:
			for kind, lines := range gathered {
				send(assetEvent{kind: kind, mistakes: strings.Join(lines, "\n")})
			}
			clear(gathered)
		}
	}
}

// kindOf returns the kind of the file in an error line: "web/src/app.css:3:1: …".
func kindOf(mistake string) assetKind {
	file, _, _ := strings.Cut(mistake, ":")
	if path.Ext(file) == ".css" {
		return styles
	}
	return scripts
}

// kinds returns the kinds of the assets that were built.
func (n assetEvent) kinds() []assetKind {
	var kinds []assetKind
	for _, name := range n.built {
		switch path.Ext(name) {
		case ".css":
			kinds = append(kinds, styles)
		case ".js":
			kinds = append(kinds, scripts)
		}
	}
	return kinds
}

// onlyStyles reports whether open pages can apply the change without a reload.
func (n assetEvent) onlyStyles() bool {
	return !slices.ContainsFunc(n.built, func(name string) bool { return path.Ext(name) != ".css" })
}

// addresses returns the URLs of the assets that were built, according to the
// asset manifest.
func (n assetEvent) addresses(s settings) []string {
	var manifest map[string]string
	content, err := os.ReadFile(s.web("dist", "manifest.json"))
	if err != nil || json.Unmarshal(content, &manifest) != nil {
		return nil
	}
	var addresses []string
	for _, name := range n.built {
		if hashed, ok := manifest[name]; ok {
			addresses = append(addresses, "/assets/"+hashed)
		}
	}
	return addresses
}
