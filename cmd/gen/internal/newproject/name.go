package newproject

import (
	"fmt"
	"go/format"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/mod/module"

	"example.com/pergola/cmd/gen/internal/project"
	"example.com/pergola/cmd/gen/internal/usage"
)

// The template's own name.
const (
	oldWord  = "pergola"
	oldTitle = "Pergola"
)

// name holds the forms of a project's name.
type name struct {
	module string // example.com/my-shop
	word   string // myshop: databases, cookies, packages
	title  string // My Shop: pages and documents
}

var (
	wordForm  = regexp.MustCompile(`^[a-z][a-z0-9]{1,29}$`)
	titleForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*(?: [A-Za-z0-9]+)*$`)
	major     = regexp.MustCompile(`^v[0-9]+$`)
)

// reserved lists words with a meaning of their own. The database and its role are
// named like the project: every Postgres server has databases, and rejects roles,
// of some names even if they are quoted. Go rejects imports of "internal".
var reserved = []string{"postgres", "template0", "template1", "public", "none", "main", "internal"}

// name derives the project's name from the options, or returns a usage error.
func (o Options) name() (name, error) {
	if o.Module == "" {
		return name{}, usage.Errorf("--module is missing: give a module path, such as --module example.com/shop")
	}
	if err := module.CheckPath(o.Module); err != nil {
		return name{}, usage.Errorf("%q is not a module path, such as example.com/shop: %s", o.Module, reason(err))
	}
	last := path.Base(o.Module)
	if major.MatchString(last) {
		last = path.Base(path.Dir(o.Module))
	}
	words := strings.FieldsFunc(strings.ToLower(last), func(r rune) bool { return r == '-' || r == '_' || r == '.' })
	n := name{module: o.Module, word: strings.Join(words, ""), title: o.Title}
	switch {
	case !wordForm.MatchString(n.word):
		return name{}, usage.Errorf("%q cannot be the name of a project: use 2 to 30 letters from a to z and digits, starting with a letter", last)
	case token.IsKeyword(n.word) || slices.Contains(reserved, n.word):
		return name{}, usage.Errorf("%q cannot be the name of a project: Go or Postgres reserves it", n.word)
	case strings.Contains(o.Module, oldWord):
		return name{}, usage.Errorf("%q is the name of the template: choose another one", o.Module)
	}
	if n.title == "" {
		for i, word := range words {
			words[i] = strings.ToUpper(word[:1]) + word[1:]
		}
		n.title = strings.Join(words, " ")
	}
	if !titleForm.MatchString(n.title) {
		return name{}, usage.Errorf("%q cannot be a title: use words of letters and digits, starting with a letter; you can change it later in web/layout.templ", n.title)
	}
	return n, nil
}

// reason returns why a module path is invalid, without repeating the path.
func reason(err error) string {
	if invalid, ok := err.(*module.InvalidPathError); ok {
		return invalid.Err.Error()
	}
	return err.Error()
}

var (
	inIdentifier = regexp.MustCompile(`[A-Za-z0-9_]` + oldTitle + `|` + oldTitle + `[A-Za-z0-9_]`)
	anyForm      = regexp.MustCompile(`(?i)` + oldWord)
)

// renamed returns the files with the new name in their paths and texts.
func renamed(files project.Files, oldModule string, n name) (project.Files, error) {
	found := project.Files{}
	for file, was := range files {
		if was.Text() {
			content, err := n.in(file, string(was.Content), oldModule)
			if err != nil {
				return nil, err
			}
			was.Content = content
		}
		found[anyForm.ReplaceAllString(file, n.word)] = was
	}
	return found, nil
}

// in replaces the template's name in a text.
func (n name) in(file, text, oldModule string) ([]byte, error) {
	if !anyForm.MatchString(text) {
		return []byte(text), nil
	}
	joined := strings.ReplaceAll(n.title, " ", "")
	text = strings.ReplaceAll(text, oldModule, n.module)
	text = inIdentifier.ReplaceAllStringFunc(text, func(found string) string { return strings.Replace(found, oldTitle, joined, 1) })
	text = strings.ReplaceAll(text, oldTitle, n.title)
	text = strings.ReplaceAll(text, strings.ToUpper(oldWord), strings.ToUpper(n.word))
	text = anyForm.ReplaceAllString(text, n.word)
	if !strings.HasSuffix(file, ".go") {
		return []byte(text), nil
	}
	content, err := format.Source([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("%s does not parse after renaming: %w", file, err)
	}
	return content, nil
}
