package main

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/pergola/cmd/gen/internal/tree"
)

// skeletonFiles are the files of every feature with an entity.
var skeletonFiles = []string{
	"blog.go", "article.go", "articles.go", "blog_test.go", "site_test.go",
	"list_articles.go", "read_article.go", "edit_article.go", "delete_article.go",
	"channels.go", "routes.go", "route_handlers.go", "views.templ", "providers.go", "seed.go",
}

// skeletonNames are what they declare at least.
var skeletonNames = []string{
	"Feature", "Feature.Manifest", "Feature.routes", "Set", "DevSeedSet",
	"Article", "Article.Edit", "Article.checkVersion", "Article.hasChange",
	"Articles", "NewArticles", "Articles.Add", "Articles.Save", "Articles.Remove", "Articles.Find", "Articles.FindVersion",
	"scanArticle", "selectArticle", "errNoArticle", "errArticleChanged", "articleURL",
	"ListArticles", "ListArticlesInput", "ArticlePage", "ArticlesPerPage", "NewListArticles",
	"ReadArticle", "NewReadArticle", "EditArticle", "EditArticleInput", "NewEditArticle",
	"DeleteArticle", "DeleteArticleInput", "NewDeleteArticle", "SeedArticles", "NewSeedArticles",
	"Feature.showArticle", "Feature.showEditor", "Feature.showForm", "Feature.showRejected",
	"Feature.saveArticle", "Feature.deleteArticle",
}

// intendedDifferences are the declarations in which the blog differs, and why.
var intendedDifferences = map[string]string{
	"NewReadArticle":       "the blog renders texts",
	"NewEditArticle":       "the blog renders texts",
	"NewSeedArticles":      "the blog renders texts",
	"Article.Edit":         "the blog records who edited",
	"broadcastActivity":    "the blog records who edited",
	"Article.hasChange":    "the blog records who edited",
	"Feature.showRejected": "the blog's form has more buttons",
}

// A generated blog has the same structure as the hand-written one: what both
// declare has the same signature, and both have what every feature has.
func TestSkeleton_isThatOfTheBlog(t *testing.T) {
	t.Parallel()
	root := projectWith(t, map[string]string{
		"architecture_test.go": "package p\n\nvar mayImport = map[string][]string{}\n",
		"cmd/web/features.go": "package main\n\ntype Features struct {\n\t// <gen:feature-fields>\n}\n\nvar features = list{\n" +
			"\t// <gen:feature-manifests>\n\t// <gen:feature-sets>\n\t// <gen:feature-dev-seed-sets>\n}\n",
		"core/realtime/channel.go": "package realtime\n",
	})
	planned := tree.Open(root)
	if err := planLine(t.Context(), planned, "feature blog --noun article --fields title:string,summary:text?,body:text"); err != nil {
		t.Fatal(err)
	}
	made, written := map[string][]byte{}, map[string][]byte{}
	files, err := planned.List("features/blog")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		made[filepath.Base(file)], _ = planned.Read(file)
	}
	paths, err := filepath.Glob("../../features/blog/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if content, err := os.ReadFile(path); err == nil {
			written[filepath.Base(path)] = content
		}
	}

	for _, file := range skeletonFiles {
		if made[file] == nil || written[file] == nil {
			t.Errorf("%s: generated %t, written by hand %t, want both", file, made[file] != nil, written[file] != nil)
		}
	}
	ours, theirs := declarations(t, made), declarations(t, written)
	for _, name := range skeletonNames {
		if ours[name] == "" || theirs[name] == "" {
			t.Errorf("%s: generated as %q, written by hand as %q; want both", name, ours[name], theirs[name])
		}
	}
	common := 0
	for name, generated := range ours {
		byHand, both := theirs[name]
		if !both {
			continue
		}
		common++
		_, explained := intendedDifferences[name]
		if explained && generated == byHand {
			t.Errorf("%s is the same by now: take it out of intendedDifferences", name)
		}
		if !explained && generated != byHand {
			t.Errorf("%s is generated as\n\t%s\nand written by hand as\n\t%s\nchange the template, or say in intendedDifferences why not", name, generated, byHand)
		}
	}
	if common < 50 {
		t.Errorf("only %d declarations are in both", common)
	}
}

// declarations are the signatures of all that a package declares outside of its
// tests: of structs only that they are, of interfaces their methods.
func declarations(t *testing.T, files map[string][]byte) map[string]string {
	t.Helper()
	found := map[string]string{}
	for name, content := range files {
		if filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, "_templ.go") {
			continue
		}
		syntax, err := parser.ParseFile(token.NewFileSet(), name, content, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range syntax.Decls {
			switch declaration := declaration.(type) {
			case *ast.FuncDecl:
				found[functionName(declaration)] = signature(declaration.Type)
			case *ast.GenDecl:
				for _, spec := range declaration.Specs {
					addSpec(found, spec, declaration.Tok)
				}
			}
		}
	}
	return found
}

func addSpec(found map[string]string, spec ast.Spec, kind token.Token) {
	switch spec := spec.(type) {
	case *ast.ValueSpec:
		for _, name := range spec.Names {
			found[name.Name] = kind.String()
		}
	case *ast.TypeSpec:
		switch structure := spec.Type.(type) {
		case *ast.StructType:
			found[spec.Name.Name] = "struct"
		case *ast.FuncType:
			found[spec.Name.Name] = signature(structure)
		case *ast.InterfaceType:
			var methods []string
			for _, method := range structure.Methods.List {
				if function, ok := method.Type.(*ast.FuncType); ok {
					methods = append(methods, method.Names[0].Name+signature(function))
				}
			}
			slices.Sort(methods)
			found[spec.Name.Name] = strings.Join(methods, "; ")
		default:
			found[spec.Name.Name] = text(spec.Type)
		}
	}
}

func functionName(function *ast.FuncDecl) string {
	if function.Recv == nil {
		return function.Name.Name
	}
	return strings.TrimPrefix(text(function.Recv.List[0].Type), "*") + "." + function.Name.Name
}

// signature is the types of a function, without the names.
func signature(function *ast.FuncType) string {
	return "(" + types(function.Params) + ") (" + types(function.Results) + ")"
}

func types(fields *ast.FieldList) string {
	if fields == nil {
		return ""
	}
	var all []string
	for _, field := range fields.List {
		for range max(1, len(field.Names)) {
			all = append(all, text(field.Type))
		}
	}
	return strings.Join(all, ", ")
}

func text(node ast.Node) string {
	var b bytes.Buffer
	_ = printer.Fprint(&b, token.NewFileSet(), node)
	return b.String()
}
