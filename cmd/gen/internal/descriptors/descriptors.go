// Package descriptors finds the channels, events and jobs of all features, and
// their payloads. It reads source code, so that it knows planned files, too.
package descriptors

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"slices"
	"strconv"
	"strings"

	"example.com/pergola/cmd/gen/internal/tree"
)

// Kind is the function that makes a descriptor.
type Kind string

// The kinds of descriptor.
const (
	Channel      Kind = "realtime.DefineChannel"
	UserChannel  Kind = "realtime.DefineUserChannel"
	KeyedChannel Kind = "realtime.DefineKeyedChannel"
	Event        Kind = "events.Define"
	Job          Kind = "jobs.Define"
)

// IsChannel reports whether it is a channel of some kind.
func (k Kind) IsChannel() bool { return strings.HasPrefix(string(k), "realtime.") }

// Descriptor is a channel, an event or a job.
type Descriptor struct {
	Feature string
	Kind    Kind
	Var     string // ArticleFeedChannel
	Name    string // blog.article.feed
	Payload string // ArticleFeed
	Rest    string // the other arguments, as in the source
	File    string
}

// Params returns the parameters in its name, without braces.
func (d Descriptor) Params() []string {
	var params []string
	for part := range strings.SplitSeq(d.Name, ".") {
		if inner, ok := strings.CutPrefix(part, "{"); ok {
			params = append(params, strings.TrimSuffix(inner, "}"))
		}
	}
	return params
}

// Overlaps reports whether a topic could belong to both channels.
func (d Descriptor) Overlaps(name string) bool {
	ours, theirs := strings.Split(d.Name, "."), strings.Split(name, ".")
	if len(ours) != len(theirs) {
		return false
	}
	for i := range ours {
		if ours[i] != theirs[i] && ours[i][0] != '{' && theirs[i][0] != '{' {
			return false
		}
	}
	return true
}

// Set is all descriptors, and the names that features declare.
type Set struct {
	Descriptors []Descriptor

	tree     *tree.Tree
	declared map[string]map[string]string // by feature and name: the file
	structs  map[string]*ast.StructType   // by feature and type, with a dot
	kinds    map[string]ast.Expr          // what other types stand for
}

// Read reads all features. It fails if one does not parse.
func Read(t *tree.Tree) (*Set, error) {
	features, err := t.Folders("features")
	if err != nil {
		return nil, err
	}
	s := &Set{tree: t, declared: map[string]map[string]string{}, structs: map[string]*ast.StructType{}, kinds: map[string]ast.Expr{}}
	for _, feature := range features {
		s.declared[feature] = map[string]string{}
		files, err := t.List("features/" + feature)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			if path.Ext(file) != ".go" || strings.HasSuffix(file, "_templ.go") {
				continue
			}
			if err := s.readFile(feature, file); err != nil {
				return nil, err
			}
		}
	}
	return s, nil
}

func (s *Set) readFile(feature, name string) error {
	content, err := s.tree.Read(name)
	if err != nil {
		return err
	}
	syntax, err := parser.ParseFile(token.NewFileSet(), name, content, parser.SkipObjectResolution)
	if err != nil {
		return fmt.Errorf("parse the features: %w", err)
	}
	if strings.HasSuffix(syntax.Name.Name, "_test") {
		return nil
	}
	for _, declaration := range syntax.Decls {
		switch declaration := declaration.(type) {
		case *ast.FuncDecl:
			s.declared[feature][functionName(declaration)] = name
		case *ast.GenDecl:
			for _, spec := range declaration.Specs {
				s.readSpec(feature, name, content, spec)
			}
		}
	}
	return nil
}

func functionName(function *ast.FuncDecl) string {
	if function.Recv == nil || len(function.Recv.List) != 1 {
		return function.Name.Name
	}
	kind := function.Recv.List[0].Type
	if pointer, ok := kind.(*ast.StarExpr); ok {
		kind = pointer.X
	}
	if ident, ok := kind.(*ast.Ident); ok {
		return ident.Name + "." + function.Name.Name
	}
	return function.Name.Name
}

func (s *Set) readSpec(feature, file string, content []byte, spec ast.Spec) {
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		s.declared[feature][spec.Name.Name] = file
		if structure, ok := spec.Type.(*ast.StructType); ok {
			s.structs[feature+"."+spec.Name.Name] = structure
		} else {
			s.kinds[feature+"."+spec.Name.Name] = spec.Type
		}
	case *ast.ValueSpec:
		for i, name := range spec.Names {
			s.declared[feature][name.Name] = file
			if i < len(spec.Values) {
				if d, ok := readDescriptor(spec.Values[i], content); ok {
					d.Feature, d.Var, d.File = feature, name.Name, file
					s.Descriptors = append(s.Descriptors, d)
				}
			}
		}
	}
}

func readDescriptor(value ast.Expr, content []byte) (Descriptor, bool) {
	call, ok := value.(*ast.CallExpr)
	if !ok || len(call.Args) == 0 {
		return Descriptor{}, false
	}
	generic, ok := call.Fun.(*ast.IndexExpr)
	if !ok {
		return Descriptor{}, false
	}
	kind := Kind(slice(content, generic.X))
	literal, ok := call.Args[0].(*ast.BasicLit)
	if !ok || !slices.Contains([]Kind{Channel, UserChannel, KeyedChannel, Event, Job}, kind) {
		return Descriptor{}, false
	}
	name, err := strconv.Unquote(literal.Value)
	rest := strings.TrimSpace(strings.TrimPrefix(string(content[literal.End()-1:call.Rparen-1]), ","))
	return Descriptor{Kind: kind, Name: name, Payload: slice(content, generic.Index), Rest: rest}, err == nil
}

// slice returns the text of a node. The file is the only one of its set, so that
// positions begin with 1.
func slice(content []byte, node ast.Node) string { return string(content[node.Pos()-1 : node.End()-1]) }

// Declared returns the file of a feature that declares the name, or "".
func (s *Set) Declared(feature, name string) string { return s.declared[feature][name] }

// HasFeature reports whether there is such a feature.
func (s *Set) HasFeature(feature string) bool {
	_, ok := s.declared[feature]
	return ok
}

// Features returns the names of all features, sorted.
func (s *Set) Features() []string {
	var names []string
	for name := range s.declared {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Find returns the first descriptor for which the function reports true.
func (s *Set) Find(which func(Descriptor) bool) (Descriptor, bool) {
	if i := slices.IndexFunc(s.Descriptors, which); i >= 0 {
		return s.Descriptors[i], true
	}
	return Descriptor{}, false
}

// Named finds a descriptor by its stored name.
func (s *Set) Named(name string, kind func(Kind) bool) (Descriptor, bool) {
	return s.Find(func(d Descriptor) bool { return d.Name == name && kind(d.Kind) })
}

// Names returns the stored names of all descriptors of a kind.
func (s *Set) Names(kind func(Kind) bool) []string {
	var names []string
	for _, d := range s.Descriptors {
		if kind(d.Kind) {
			names = append(names, d.Name)
		}
	}
	slices.Sort(names)
	return names
}
