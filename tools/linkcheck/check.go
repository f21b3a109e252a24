package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"slices"
	"strings"
)

// report is the result of a check.
type report struct {
	files  int
	links  int // to files of the tree
	broken []broken
}

type broken struct {
	file   string
	line   int
	reason string
}

func (b broken) String() string { return fmt.Sprintf("%s:%d: %s", b.file, b.line, b.reason) }

// check reads every Markdown file in the tree and checks its links.
func check(tree fs.FS) (report, error) {
	pages, err := readPages(tree)
	if err != nil {
		return report{}, err
	}
	found := report{files: len(pages)}
	for _, p := range pages {
		for _, l := range p.links {
			target, err := url.Parse(l.target)
			if err != nil {
				found.broken = append(found.broken, broken{p.name, l.line, fmt.Sprintf("%q is not a valid link: %v", l.target, errors.Unwrap(err))})
				continue
			}
			if target.Scheme != "" || target.Host != "" {
				continue
			}
			found.links++
			if reason := follow(tree, pages, p, target); reason != "" {
				found.broken = append(found.broken, broken{p.name, l.line, reason})
			}
		}
	}
	slices.SortFunc(found.broken, func(a, b broken) int {
		if c := strings.Compare(a.file, b.file); c != 0 {
			return c
		}
		return a.line - b.line
	})
	return found, nil
}

// follow returns what is wrong with the link, "" if it is valid.
func follow(tree fs.FS, pages map[string]page, from page, target *url.URL) string {
	name := from.name
	if target.Path != "" {
		name = path.Join(path.Dir(from.name), target.Path)
		if strings.HasPrefix(target.Path, "/") {
			name = path.Join(".", target.Path[1:]) // from the root of the repository, as on GitHub
		}
		if !fs.ValidPath(name) {
			return fmt.Sprintf("%s is outside the repository", target.Path)
		}
		if _, err := fs.Stat(tree, name); err != nil {
			return fmt.Sprintf("%s does not exist", name)
		}
	}
	to, isPage := pages[name]
	if target.Fragment == "" || !isPage || to.anchors[target.Fragment] {
		return ""
	}
	if near := nearest(to.anchors, target.Fragment); near != "" {
		return fmt.Sprintf("%s has no heading #%s; it has #%s", name, target.Fragment, near)
	}
	return fmt.Sprintf("%s has no heading #%s", name, target.Fragment)
}

// nearest returns an anchor that contains the wanted one or is contained in it:
// often a heading was reworded.
func nearest(anchors map[string]bool, wanted string) string {
	var near []string
	for anchor := range anchors {
		if strings.Contains(anchor, wanted) || strings.Contains(wanted, anchor) {
			near = append(near, anchor)
		}
	}
	if len(near) == 0 {
		return ""
	}
	return slices.Min(near)
}

// readPages parses every Markdown file, by slash-separated name.
func readPages(tree fs.FS) (map[string]page, error) {
	pages := map[string]page{}
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return skipDir(name, entry)
		}
		if path.Ext(name) != ".md" {
			return nil
		}
		source, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		pages[name] = parsePage(name, source)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the Markdown files: %w", err)
	}
	return pages, nil
}

func skipDir(name string, entry fs.DirEntry) error {
	hidden := strings.HasPrefix(entry.Name(), ".") && name != "." && entry.Name() != ".github"
	if hidden || entry.Name() == "node_modules" || entry.Name() == "testdata" {
		return fs.SkipDir
	}
	return nil
}
