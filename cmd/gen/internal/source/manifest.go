package source

import (
	"errors"
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// List is a list in the Parts of a Manifest, such as realtime.Channels, and the
// anchors that end it: comments, each on a line of its own. While a feature has
// no such list, the anchors mark in Parts where it will go.
type List struct {
	Type    string
	Anchors []string
}

// FindInList returns the first element of the list for which match reports true,
// with single spaces; "" if there is none.
func FindInList(text []byte, list List, match func(element string) bool) (string, error) {
	f, manifest, err := parseManifest(text)
	if err != nil {
		return "", err
	}
	if literal := f.part(manifest, list.Type); literal != nil {
		for _, e := range literal.Elts {
			if element := flat(string(f.slice(e))); match(element) {
				return element, nil
			}
		}
	}
	return "", nil
}

// AddToList adds an element above the anchor, which must be one of the list's.
// It fails with ErrNoAnchor if the anchor is not where it should be.
func AddToList(text []byte, list List, anchor, element string) ([]byte, error) {
	f, manifest, err := parseManifest(text)
	if err != nil {
		return nil, err
	}
	literal := f.part(manifest, list.Type)
	if literal != nil && f.element(literal, element) >= 0 {
		return text, nil
	}
	around := literal
	if literal == nil {
		around = f.parts(manifest)
	}
	first, _, foundFirst := f.comment(around, list.Anchors[0])
	at, _, found := f.comment(around, anchor)
	_, end, foundLast := f.comment(around, list.Anchors[len(list.Anchors)-1])
	switch {
	case !foundFirst || !found || !foundLast:
		return nil, ErrNoAnchor
	case literal != nil:
		return f.replace(at, at, element+",\n")
	default:
		return f.replace(first, end, list.Type+"{\n"+string(f.text[first:at])+element+",\n"+string(f.text[at:end])+"\n},")
	}
}

// RemoveFromList removes the element. Of a list that is empty then, the anchors
// stay.
func RemoveFromList(text []byte, list List, element string) ([]byte, error) {
	f, manifest, err := parseManifest(text)
	if err != nil {
		return nil, err
	}
	literal := f.part(manifest, list.Type)
	if literal == nil {
		return text, nil
	}
	at := f.element(literal, element)
	first, _, foundFirst := f.comment(literal, list.Anchors[0])
	_, end, foundLast := f.comment(literal, list.Anchors[len(list.Anchors)-1])
	switch {
	case at < 0:
		return text, nil
	case len(literal.Elts) == 1 && foundFirst && foundLast:
		to := f.offset(literal.End())
		if to < len(f.text) && f.text[to] == ',' {
			to++
		}
		return f.replace(f.offset(literal.Pos()), to, string(f.text[first:end]))
	default:
		return f.removeElement(literal, at)
	}
}

// ErrNoAnchor says that an anchor of a list is missing, or in another place.
var ErrNoAnchor = errors.New("an anchor is missing")

// comment finds a comment that is directly in a literal.
func (f *file) comment(literal *ast.CompositeLit, line string) (from, to int, found bool) {
	if literal == nil {
		return 0, 0, false
	}
	for _, group := range f.syntax.Comments {
		for _, comment := range group.List {
			if comment.Text != line || comment.Pos() < literal.Lbrace || comment.Pos() > literal.Rbrace {
				continue
			}
			inner := slices.ContainsFunc(literal.Elts, func(e ast.Expr) bool { return e.Pos() <= comment.Pos() && comment.Pos() < e.End() })
			if !inner {
				return f.offset(comment.Pos()), f.offset(comment.End()), true
			}
		}
	}
	return 0, 0, false
}

// parseManifest finds the literal that the method Manifest returns.
func parseManifest(text []byte) (*file, *ast.CompositeLit, error) {
	f, err := parse(text)
	if err != nil {
		return nil, nil, err
	}
	for _, declaration := range f.syntax.Decls {
		function, ok := declaration.(*ast.FuncDecl)
		if !ok || function.Name.Name != "Manifest" || function.Recv == nil {
			continue
		}
		var found *ast.CompositeLit
		ast.Inspect(function, func(node ast.Node) bool {
			if literal, ok := node.(*ast.CompositeLit); ok && found == nil && string(f.slice(literal.Type)) == "feature.Manifest" {
				found = literal
			}
			return true
		})
		if found != nil {
			return f, found, nil
		}
	}
	return nil, nil, missing("there is no method Manifest that returns a feature.Manifest{…}")
}

func (f *file) parts(manifest *ast.CompositeLit) *ast.CompositeLit {
	for _, entry := range manifest.Elts {
		pair, ok := entry.(*ast.KeyValueExpr)
		if !ok || string(f.slice(pair.Key)) != "Parts" {
			continue
		}
		if literal, ok := pair.Value.(*ast.CompositeLit); ok {
			return literal
		}
	}
	return nil
}

func (f *file) part(manifest *ast.CompositeLit, part string) *ast.CompositeLit {
	parts := f.parts(manifest)
	if parts == nil {
		return nil
	}
	for _, entry := range parts.Elts {
		if literal, ok := entry.(*ast.CompositeLit); ok && literal.Type != nil && string(f.slice(literal.Type)) == part {
			return literal
		}
	}
	return nil
}

// element returns the index of an element, regardless of line breaks.
func (f *file) element(literal *ast.CompositeLit, element string) int {
	return slices.IndexFunc(literal.Elts, func(e ast.Expr) bool { return flat(string(f.slice(e))) == flat(element) })
}

func flat(text string) string { return strings.Join(strings.Fields(text), " ") }

// addLine adds an entry on a line of its own, at this index. A literal on a single
// line is split into lines first.
func (f *file) addLine(literal *ast.CompositeLit, at int, entry string) ([]byte, error) {
	var entries []string
	for _, e := range literal.Elts {
		entries = append(entries, string(f.slice(e)))
	}
	if f.line(literal.Lbrace) == f.line(literal.Rbrace) {
		entries = slices.Insert(entries, at, entry)
		return f.replace(f.offset(literal.Lbrace)+1, f.offset(literal.Rbrace), "\n"+strings.Join(entries, ",\n")+",\n")
	}
	if at == len(literal.Elts) {
		end := f.offset(literal.Rbrace)
		return f.replace(end, end, entry+",\n")
	}
	start := f.offset(literal.Elts[at].Pos())
	return f.replace(start, start, entry+",\n")
}

// addElement appends an element, on the same line if the list is on one.
func (f *file) addElement(literal *ast.CompositeLit, element string) ([]byte, error) {
	oneLine := f.line(literal.Lbrace) == f.line(literal.Rbrace)
	if oneLine && !strings.Contains(element, "(") && len(literal.Elts) > 0 {
		end := f.offset(literal.Rbrace)
		return f.replace(end, end, ", "+element)
	}
	return f.addLine(literal, len(literal.Elts), element)
}

// removeElement removes an element, with its lines unless there is another element
// on them.
func (f *file) removeElement(literal *ast.CompositeLit, at int) ([]byte, error) {
	element := literal.Elts[at]
	from, to := f.offset(element.Pos()), f.offset(element.End())
	before, after := f.line(literal.Lbrace), f.line(literal.Rbrace)
	if at > 0 {
		before = f.line(literal.Elts[at-1].End())
	}
	if at+1 < len(literal.Elts) {
		after = f.line(literal.Elts[at+1].Pos())
	}
	switch {
	case before < f.line(element.Pos()) && after > f.line(element.End()):
		from = lineStart(f.text, from)
		to += strings.IndexByte(string(f.text[to:]), '\n') + 1
	case at > 0:
		from = f.offset(literal.Elts[at-1].End())
	case len(literal.Elts) > 1:
		to = f.offset(literal.Elts[1].Pos())
	}
	return f.replace(from, to, "")
}

func (f *file) line(at token.Pos) int { return f.set.Position(at).Line }

func lineStart(text []byte, at int) int {
	for at > 0 && text[at-1] != '\n' {
		at--
	}
	return at
}
