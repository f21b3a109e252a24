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

// assetNews is what the watcher of the assets has to say: which assets are
// new, or what is wrong with one of the two kinds of source.
type assetNews struct {
	made     []string // "app.css"
	kind     assetKind
	mistakes string
	ended    error // the watcher itself; it is nil while it runs
}

type assetKind string

const (
	scripts assetKind = "scripts"
	styles  assetKind = "styles"
)

// watchAssets runs web/build.mjs until ctx ends. The script writes a line
// "assets: app.css app.js" after each build, and mistakes to standard error.
func watchAssets(ctx context.Context, s settings, children *process.Family) (<-chan assetNews, error) {
	said, saying := io.Pipe()
	complained, complaining := io.Pipe()
	node := exec.Command("node", "build.mjs", "--watch")
	node.Dir = s.web()
	node.Stdout, node.Stderr = saying, complaining
	watcher, err := children.Start(node)
	if err != nil {
		return nil, fmt.Errorf("watch the assets: %w", err)
	}
	news := make(chan assetNews)
	tell := func(n assetNews) {
		select {
		case news <- n:
		case <-ctx.Done():
		}
	}
	go readMade(said, tell)
	go readMistakes(complained, tell)
	go func() {
		select {
		case <-ctx.Done():
			watcher.Stop(time.Second)
		case <-watcher.Done():
			tell(assetNews{ended: fmt.Errorf("web/build.mjs --watch has ended: %v", watcher.Err())})
		}
		_ = saying.Close()
		_ = complaining.Close()
	}()
	return news, nil
}

func readMade(r io.Reader, tell func(assetNews)) {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if names, ok := strings.CutPrefix(lines.Text(), "assets:"); ok {
			tell(assetNews{made: strings.Fields(names)})
		}
	}
}

// sameBuild is how close together the lines about mistakes of one build come.
const sameBuild = 40 * time.Millisecond

// readMistakes gathers the lines of one build: a mistake rarely comes alone.
func readMistakes(r io.Reader, tell func(assetNews)) {
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
				tell(assetNews{kind: kind, mistakes: strings.Join(lines, "\n")})
			}
			clear(gathered)
		}
	}
}

// kindOf goes by the file that a mistake is in: "web/src/app.css:3:1: …".
func kindOf(mistake string) assetKind {
	file, _, _ := strings.Cut(mistake, ":")
	if path.Ext(file) == ".css" {
		return styles
	}
	return scripts
}

// kinds is which sources the assets that were made come from.
func (n assetNews) kinds() []assetKind {
	var kinds []assetKind
	for _, name := range n.made {
		switch path.Ext(name) {
		case ".css":
			kinds = append(kinds, styles)
		case ".js":
			kinds = append(kinds, scripts)
		}
	}
	return kinds
}

// onlyStyles reports whether open pages can take the news without loading
// again.
func (n assetNews) onlyStyles() bool {
	return !slices.ContainsFunc(n.made, func(name string) bool { return path.Ext(name) != ".css" })
}

// addresses is where the application serves the assets that were made, as the
// manifest of the assets says.
func (n assetNews) addresses(s settings) []string {
	var manifest map[string]string
	content, err := os.ReadFile(s.web("dist", "manifest.json"))
	if err != nil || json.Unmarshal(content, &manifest) != nil {
		return nil
	}
	var addresses []string
	for _, name := range n.made {
		if hashed, ok := manifest[name]; ok {
			addresses = append(addresses, "/assets/"+hashed)
		}
	}
	return addresses
}
