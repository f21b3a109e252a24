package main

import (
	"slices"

	"example.com/pergola/cmd/dev/internal/proxy"
)

// problems are the current problems, one for each source of problems, oldest
// first.
type problems struct {
	list []problem
}

type problem struct {
	source string
	proxy.Problem
}

// set replaces the problem of a source. An empty text means that there is none.
// It reports whether anything changed.
func (p *problems) set(source, title, text string) (changed bool) {
	at := slices.IndexFunc(p.list, func(other problem) bool { return other.source == source })
	switch {
	case text == "" && at < 0:
		return false
	case text == "":
		p.list = slices.Delete(p.list, at, at+1)
		return true
	case at >= 0 && p.list[at].Text == text:
		return false
	case at >= 0:
		p.list[at].Problem = proxy.Problem{Title: title, Text: text}
		return true
	default:
		p.list = append(p.list, problem{source, proxy.Problem{Title: title, Text: text}})
		return true
	}
}

func (p *problems) has(sources ...string) bool {
	return slices.ContainsFunc(p.list, func(problem problem) bool { return slices.Contains(sources, problem.source) })
}

func (p *problems) any() bool { return len(p.list) > 0 }

func (p *problems) forPages() []proxy.Problem {
	var list []proxy.Problem
	for _, problem := range p.list {
		list = append(list, problem.Problem)
	}
	return list
}
