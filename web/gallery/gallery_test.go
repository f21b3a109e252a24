package gallery_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"example.com/pergola/web/components"
	"example.com/pergola/web/gallery"
)

func open(t *testing.T) *goquery.Document {
	t.Helper()
	var html bytes.Buffer
	if err := gallery.Page().Render(t.Context(), &html); err != nil {
		t.Fatalf("render: %v", err)
	}
	doc, err := goquery.NewDocumentFromReader(&html)
	if err != nil {
		t.Fatalf("parse: %v", err)
	}
	return doc
}

func TestPage_showsEveryComponent(t *testing.T) {
	t.Parallel()
	shown := open(t).Find("[data-example] > pre").Text()

	for _, name := range exported(t) {
		if !regexp.MustCompile(`@components\.` + name + `\(`).MatchString(shown) {
			t.Errorf("%s is not on the page: add an example of it to examples.templ", name)
		}
	}
}

// exported returns the names of all components, from their source files.
func exported(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../components/*_templ.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("found %v, %v", files, err)
	}
	var names []string
	for _, file := range files {
		syntax, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range syntax.Decls {
			f, ok := declaration.(*ast.FuncDecl)
			if ok && f.Recv == nil && f.Name.IsExported() && returnsComponent(f) {
				names = append(names, f.Name.Name)
			}
		}
	}
	return names
}

func returnsComponent(f *ast.FuncDecl) bool {
	if f.Type.Results == nil || len(f.Type.Results.List) != 1 {
		return false
	}
	result, ok := f.Type.Results.List[0].Type.(*ast.SelectorExpr)
	return ok && result.Sel.Name == "Component"
}

func TestPage_showsCodeOfEveryExample(t *testing.T) {
	t.Parallel()
	doc := open(t)

	examples := doc.Find("[data-example]")
	if examples.Length() == 0 {
		t.Fatal("no examples")
	}
	examples.Each(func(_ int, example *goquery.Selection) {
		code := strings.TrimSpace(example.Find("pre").Last().Text())
		if name := example.AttrOr("data-example", ""); !strings.HasPrefix(code, "@components.") && !strings.HasPrefix(code, "<") {
			t.Errorf("the code of %s is %q", name, code)
		}
	})
	if doc.Find("[autofocus]").Length() != 0 {
		t.Error("an example has autofocus, so the page does not open at its top")
	}
}

func TestPage_hasUniqueIDs(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	open(t).Find("[id]").Each(func(_ int, s *goquery.Selection) {
		id := s.AttrOr("id", "")
		if seen[id] {
			t.Errorf("duplicate id %s", id)
		}
		seen[id] = true
	})
}

func TestIconNames_listsAllIcons(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("../components/icon.templ")
	if err != nil {
		t.Fatal(err)
	}
	drawn := map[string]bool{}
	for _, match := range regexp.MustCompile(`case "([a-z-]+)":`).FindAllStringSubmatch(string(source), -1) {
		drawn[match[1]] = true
	}

	for _, name := range components.IconNames() {
		if !drawn[name] {
			t.Errorf("IconNames lists %q, which does not exist", name)
		}
		delete(drawn, name)
	}
	for name := range drawn {
		t.Errorf("IconNames is missing %q", name)
	}
}
