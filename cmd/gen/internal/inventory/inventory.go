// Package inventory reads what the features name: their channels, events and
// jobs, and what the payloads of these look like. It reads the syntax of the
// code, so that it knows what is planned and not yet built, too.
package inventory

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

// Kind is what makes a descriptor.
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

// Descriptor is one of them.
type Descriptor struct {
	Feature string
	Kind    Kind
	Var     string // ArticleFeedChannel
	Name    string // blog.article.feed
	Payload string // ArticleFeed
	Rest    string // the arguments behind the name, as they are written
	File    string
}

// Params are the parameters in its name, without the braces.
func (d Descriptor) Params() []string {
	var params []string
	for part := range strings.SplitSeq(d.Name, ".") {
		if inner, ok := strings.CutPrefix(part, "{"); ok {
			params = append(params, strings.TrimSuffix(inner, "}"))
		}
	}
	return params
}

// Overlaps reports whether some topic would belong to both channels.
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

// Inventory is all that the features name, and where they declare what.
type Inventory struct {
	Descriptors []Descriptor

	tree     *tree.Tree
	declared map[string]map[string]string // by feature and name: the file
	structs  map[string]*ast.StructType   // by feature and type, with a dot
	kinds    map[string]ast.Expr          // what other types stand for
}

// Read reads all features. What does not parse is an error.
func Read(t *tree.Tree) (*Inventory, error) {
	features, err := t.Folders("features")
	if err != nil {
		return nil, err
	}
	inv := &Inventory{tree: t, declared: map[string]map[string]string{}, structs: map[string]*ast.StructType{}, kinds: map[string]ast.Expr{}}
	for _, feature := range features {
		inv.declared[feature] = map[string]string{}
		files, err := t.List("features/" + feature)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			if path.Ext(file) != ".go" || strings.HasSuffix(file, "_templ.go") {
				continue
			}
			if err := inv.readFile(feature, file); err != nil {
				return nil, err
			}
		}
	}
	return inv, nil
}

func (inv *Inventory) readFile(feature, name string) error {
	content, err := inv.tree.Read(name)
	if err != nil {
		return err
	}
	syntax, err := parser.ParseFile(token.NewFileSet(), name, content, parser.SkipObjectResolution)
	if err != nil {
		return fmt.Errorf("read the features: %w", err)
	}
	if strings.HasSuffix(syntax.Name.Name, "_test") {
		return nil
	}
	for _, declaration := range syntax.Decls {
		switch declaration := declaration.(type) {
		case *ast.FuncDecl:
			inv.declared[feature][functionName(declaration)] = name
		case *ast.GenDecl:
			for _, spec := range declaration.Specs {
				inv.readSpec(feature, name, content, spec)
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

func (inv *Inventory) readSpec(feature, file string, content []byte, spec ast.Spec) {
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		inv.declared[feature][spec.Name.Name] = file
		if structure, ok := spec.Type.(*ast.StructType); ok {
			inv.structs[feature+"."+spec.Name.Name] = structure
		} else {
			inv.kinds[feature+"."+spec.Name.Name] = spec.Type
		}
	case *ast.ValueSpec:
		for i, name := range spec.Names {
			inv.declared[feature][name.Name] = file
			if i < len(spec.Values) {
				if d, ok := readDescriptor(spec.Values[i], content); ok {
					d.Feature, d.Var, d.File = feature, name.Name, file
					inv.Descriptors = append(inv.Descriptors, d)
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

// slice is the text of a node; the file is the only one of its set, so that
// positions begin with one.
func slice(content []byte, node ast.Node) string { return string(content[node.Pos()-1 : node.End()-1]) }

// Declared is the file of a feature that declares the name; "" if none does.
func (inv *Inventory) Declared(feature, name string) string { return inv.declared[feature][name] }

// HasFeature reports whether there is such a feature.
func (inv *Inventory) HasFeature(feature string) bool {
	_, ok := inv.declared[feature]
	return ok
}

// Features are the names of all features, sorted.
func (inv *Inventory) Features() []string {
	var names []string
	for name := range inv.declared {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Find is the descriptor that this returns true for.
func (inv *Inventory) Find(which func(Descriptor) bool) (Descriptor, bool) {
	if i := slices.IndexFunc(inv.Descriptors, which); i >= 0 {
		return inv.Descriptors[i], true
	}
	return Descriptor{}, false
}

// Named is the descriptor of this kind with this stored name.
func (inv *Inventory) Named(name string, kind func(Kind) bool) (Descriptor, bool) {
	return inv.Find(func(d Descriptor) bool { return d.Name == name && kind(d.Kind) })
}

// Names are the stored names of all descriptors of a kind.
func (inv *Inventory) Names(kind func(Kind) bool) []string {
	var names []string
	for _, d := range inv.Descriptors {
		if kind(d.Kind) {
			names = append(names, d.Name)
		}
	}
	slices.Sort(names)
	return names
}
