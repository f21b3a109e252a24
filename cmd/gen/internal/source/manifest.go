package source

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// partOrder is the order in which parts stand in a Manifest.
var partOrder = []string{
	"realtime.Channels", "realtime.Handlers", "realtime.Authorizers", "realtime.Presences",
	"events.Events", "events.Handlers", "jobs.Jobs", "jobs.Handlers", "jobs.Schedules",
}

// HasPartThatBegins reports whether an element of the part begins so, as
// "realtime.Handle(ArticleFeedChannel,".
func HasPartThatBegins(text []byte, part, beginning string) (bool, error) {
	f, manifest, err := parseManifest(text)
	if err != nil {
		return false, err
	}
	literal := f.part(manifest, part)
	return literal != nil && slices.ContainsFunc(literal.Elts, func(e ast.Expr) bool {
		return strings.HasPrefix(flat(string(f.slice(e))), flat(beginning))
	}), nil
}

// AddPart lists the element in the part, which is added if it is not there.
func AddPart(text []byte, part, element string) ([]byte, error) {
	f, manifest, err := parseManifest(text)
	if err != nil {
		return nil, err
	}
	literal := f.part(manifest, part)
	if literal == nil {
		return f.addPart(manifest, part, element)
	}
	if f.element(literal, element) >= 0 {
		return text, nil
	}
	return f.addElement(literal, element)
}

// RemovePart takes the element out, and a part that is empty then.
func RemovePart(text []byte, part, element string) ([]byte, error) {
	f, manifest, err := parseManifest(text)
	if err != nil {
		return nil, err
	}
	literal := f.part(manifest, part)
	if literal == nil {
		return text, nil
	}
	at := f.element(literal, element)
	switch {
	case at < 0:
		return text, nil
	case len(literal.Elts) > 1:
		return f.removeElement(literal, at)
	}
	parts := f.parts(manifest)
	if len(parts.Elts) > 1 {
		return f.removeElement(parts, slices.Index(parts.Elts, ast.Expr(literal)))
	}
	for i, entry := range manifest.Elts {
		if pair, ok := entry.(*ast.KeyValueExpr); ok && pair.Value == ast.Expr(parts) {
			return f.removeElement(manifest, i)
		}
	}
	return text, nil
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

// element is the place of an element in a literal, whatever its line breaks.
func (f *file) element(literal *ast.CompositeLit, element string) int {
	return slices.IndexFunc(literal.Elts, func(e ast.Expr) bool { return flat(string(f.slice(e))) == flat(element) })
}

func flat(text string) string { return strings.Join(strings.Fields(text), " ") }

// addPart puts a new part where the order wants it.
func (f *file) addPart(manifest *ast.CompositeLit, part, element string) ([]byte, error) {
	entry := part + "{" + element + "}"
	parts := f.parts(manifest)
	if parts == nil {
		return f.addKey(manifest, "Parts", "[]feature.Part{"+entry+"}")
	}
	at := len(parts.Elts)
	for i, existing := range parts.Elts {
		literal, ok := existing.(*ast.CompositeLit)
		if ok && literal.Type != nil && slices.Index(partOrder, string(f.slice(literal.Type))) > slices.Index(partOrder, part) {
			at = i
			break
		}
	}
	return f.addLine(parts, at, entry)
}

// addKey adds a field to a literal, before Seed, which ends a Manifest.
func (f *file) addKey(literal *ast.CompositeLit, key, value string) ([]byte, error) {
	at := len(literal.Elts)
	for i, entry := range literal.Elts {
		if pair, ok := entry.(*ast.KeyValueExpr); ok && string(f.slice(pair.Key)) == "Seed" {
			at = i
		}
	}
	return f.addLine(literal, at, key+": "+value)
}

// addLine puts an entry on lines of its own, in place of the one at this index.
// A literal that stands on one line is broken up first.
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

// addElement adds a short element to a list that stands on one line, and
// breaks up the list where elements are calls.
func (f *file) addElement(literal *ast.CompositeLit, element string) ([]byte, error) {
	oneLine := f.line(literal.Lbrace) == f.line(literal.Rbrace)
	if oneLine && !strings.Contains(element, "(") && len(literal.Elts) > 0 {
		end := f.offset(literal.Rbrace)
		return f.replace(end, end, ", "+element)
	}
	return f.addLine(literal, len(literal.Elts), element)
}

// removeElement takes one element out, and joins what addLine broke up: a list
// of one call stands on one line.
func (f *file) removeElement(literal *ast.CompositeLit, at int) ([]byte, error) {
	oneLine := f.line(literal.Lbrace) == f.line(literal.Rbrace)
	kept := slices.Delete(slices.Clone(literal.Elts), at, at+1)
	if !oneLine && len(kept) == 1 && f.line(kept[0].Pos()) == f.line(kept[0].End()) && !f.isManifest(literal) {
		return f.replace(f.offset(literal.Lbrace)+1, f.offset(literal.Rbrace), string(f.slice(kept[0])))
	}
	from, to := f.offset(literal.Elts[at].Pos()), f.offset(literal.Elts[at].End())
	switch {
	case !oneLine:
		from = lineStart(f.text, from)
		to += strings.IndexByte(string(f.text[to:]), '\n') + 1
	case at > 0:
		from = f.offset(literal.Elts[at-1].End())
	case len(literal.Elts) > 1:
		to = f.offset(literal.Elts[1].Pos())
	}
	return f.replace(from, to, "")
}

func (f *file) isManifest(literal *ast.CompositeLit) bool {
	return literal.Type != nil && string(f.slice(literal.Type)) == "feature.Manifest"
}

func (f *file) line(at token.Pos) int { return f.set.Position(at).Line }

func lineStart(text []byte, at int) int {
	for at > 0 && text[at-1] != '\n' {
		at--
	}
	return at
}
