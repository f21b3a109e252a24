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

	"example.com/pergola/cmd/gen/internal/misuse"
	"example.com/pergola/cmd/gen/internal/parts"
)

// What the template calls itself.
const (
	oldWord  = "pergola"
	oldTitle = "Pergola"
)

// name is a project's name in its forms.
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

// taken are words that mean something to Postgres, where the database and its
// role bear the name.
var taken = []string{"postgres", "public", "template0", "template1", "user", "all", "none", "default", "table", "select", "order", "group", "end", "main", "internal"}

// name is the project's, or a misuse that says what is wrong with it.
func (w Wanted) name() (name, error) {
	if w.Module == "" {
		return name{}, misuse.New("say what its module path is: --module example.com/shop")
	}
	if err := module.CheckPath(w.Module); err != nil {
		return name{}, misuse.New("%q is no module path, such as example.com/shop: %s", w.Module, reason(err))
	}
	last := path.Base(w.Module)
	if major.MatchString(last) {
		last = path.Base(path.Dir(w.Module))
	}
	words := strings.FieldsFunc(strings.ToLower(last), func(r rune) bool { return r == '-' || r == '_' || r == '.' })
	n := name{module: w.Module, word: strings.Join(words, ""), title: w.Title}
	switch {
	case !wordForm.MatchString(n.word):
		return name{}, misuse.New("%q cannot be the name of a project: use 2 to 30 letters a to z and digits, beginning with a letter", last)
	case token.IsKeyword(n.word) || slices.Contains(taken, n.word):
		return name{}, misuse.New("%q cannot be the name of a project: it means something to Go or to Postgres", n.word)
	case strings.Contains(w.Module, oldWord):
		return name{}, misuse.New("%q is the name of the template: a project has one of its own", w.Module)
	}
	if n.title == "" {
		for i, word := range words {
			words[i] = strings.ToUpper(word[:1]) + word[1:]
		}
		n.title = strings.Join(words, " ")
	}
	if !titleForm.MatchString(n.title) {
		return name{}, misuse.New("%q cannot be a title: use words of letters and digits, the first beginning with a letter; web/layout.templ has it, and anything can be written there later", n.title)
	}
	return n, nil
}

// reason is what is wrong with a module path, without saying it again.
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

// renamed are the files under the new name.
func renamed(files parts.Files, oldModule string, n name) (parts.Files, error) {
	found := parts.Files{}
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

// in is a text with the new name in it.
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
		return nil, fmt.Errorf("%s under its new name is no Go: %w", file, err)
	}
	return content, nil
}
