package main

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
)

// page is one Markdown file: its links, and the anchors that others can link to.
type page struct {
	name    string
	links   []link
	anchors map[string]bool
}

type link struct {
	target string
	line   int
}

var (
	idAttribute   = regexp.MustCompile(`(?i)\s(?:id|name)\s*=\s*["']([^"']+)["']`)
	linkAttribute = regexp.MustCompile(`(?i)\s(?:href|src)\s*=\s*["']([^"']+)["']`)
)

func parsePage(name string, source []byte) page {
	p := page{name: name, anchors: map[string]bool{}}
	parser := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser()
	slugs := slugger{}
	line := 1
	// The walker returns no error, so neither does Walk.
	_ = ast.Walk(parser.Parse(text.NewReader(source)), func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		if start, ok := offset(node); ok {
			line = 1 + bytes.Count(source[:start], []byte("\n"))
		}
		switch node := node.(type) {
		case *ast.Heading:
			p.anchors[slugs.next(plainText(node, source))] = true
		case *ast.Link:
			p.links = append(p.links, link{string(node.Destination), line})
		case *ast.Image:
			p.links = append(p.links, link{string(node.Destination), line})
		case *ast.RawHTML:
			p.addHTML(string(node.Segments.Value(source)), line)
		case *ast.HTMLBlock:
			p.addHTML(string(node.Lines().Value(source)), line)
		}
		return ast.WalkContinue, nil
	})
	return p
}

func (p *page) addHTML(html string, line int) {
	for _, m := range idAttribute.FindAllStringSubmatch(html, -1) {
		p.anchors[m[1]] = true
	}
	for _, m := range linkAttribute.FindAllStringSubmatchIndex(html, -1) {
		p.links = append(p.links, link{html[m[2]:m[3]], line + strings.Count(html[:m[2]], "\n")})
	}
}

// offset returns where a node begins in the source, for nodes that record it. For
// others, the position of the preceding node is used.
func offset(node ast.Node) (int, bool) {
	switch node := node.(type) {
	case *ast.Text:
		return node.Segment.Start, true
	case *ast.RawHTML:
		return node.Segments.At(0).Start, node.Segments.Len() > 0
	case *ast.Link, *ast.Image:
		if child := node.FirstChild(); child != nil {
			return offset(child)
		}
	}
	if node.Type() == ast.TypeBlock && node.Lines().Len() > 0 {
		return node.Lines().At(0).Start, true
	}
	return 0, false
}

func plainText(node ast.Node, source []byte) string {
	var b strings.Builder
	_ = ast.Walk(node, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Text:
			b.Write(n.Segment.Value(source))
		case *ast.String:
			b.Write(n.Value)
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}

// slugger turns headings into anchors like GitHub: the second heading with the
// same text gets "-1", the third "-2".
type slugger map[string]int

func (s slugger) next(heading string) string {
	slug := strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r):
			return unicode.ToLower(r)
		}
		return -1
	}, strings.TrimSpace(heading))
	n := s[slug]
	s[slug]++
	if n == 0 {
		return slug
	}
	return slug + "-" + strconv.Itoa(n)
}
