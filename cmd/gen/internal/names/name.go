// Package names converts names from the command line to names in code, and
// rejects those that would not compile, would mean something else, or would leave
// their folder.
//
// A name is one or more English words: "article-feed", "article_feed",
// "articleFeed" and "ArticleFeed" are the same.
package names

import (
	"strings"
	"unicode"

	"example.com/pergola/cmd/gen/internal/usage"
)

// MaxLength is the maximum length of a name, in characters. Names are joined (a
// table has the names of its feature and its noun), and Postgres truncates them
// after 63 bytes.
const MaxLength = 30

// Name is a name, split into words.
type Name struct{ words []string }

// Parse parses a name. What is for the message: "the name of a feature". It fails
// with a usage error.
func Parse(what, text string) (Name, error) {
	if err := checkText(what, text); err != nil {
		return Name{}, err
	}
	name := Name{words: split(text)}
	for _, word := range name.words {
		if unicode.IsDigit(rune(word[0])) {
			return Name{}, usage.Errorf("%q cannot be %s: each word must begin with a letter", text, what)
		}
	}
	return name, nil
}

// Of returns a name of words that are known to be valid.
func Of(words ...string) Name { return Name{words: words} }

// InCode splits an identifier into words.
func InCode(identifier string) Name { return Name{words: split(identifier)} }

func checkText(what, text string) error {
	if text == "" {
		return usage.Errorf("%s is empty: use one or more words, such as reading-list", what)
	}
	if n := len([]rune(text)); n > MaxLength {
		return usage.Errorf("%s has %d characters, and the maximum is %d: choose a shorter one", what, n, MaxLength)
	}
	for i, r := range text {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		inner := r >= '0' && r <= '9' || r == '-' || r == '_'
		if !letter && (i == 0 || !inner) {
			return usage.Errorf("%q cannot be %s: use letters from a to z, digits, and - between words, and begin with a letter", text, what)
		}
	}
	if strings.HasSuffix(text, "-") || strings.HasSuffix(text, "_") || strings.Contains(text, "--") || strings.Contains(text, "__") {
		return usage.Errorf("%q cannot be %s: use one - between words and none at the end", text, what)
	}
	return nil
}

// split returns the words in lower case: two for "HTMLPage".
func split(text string) []string {
	var words []string
	var word []rune
	flush := func() {
		if len(word) > 0 {
			words = append(words, strings.ToLower(string(word)))
			word = nil
		}
	}
	runes := []rune(text)
	for i, r := range runes {
		if r == '-' || r == '_' {
			flush()
			continue
		}
		afterLower := i > 0 && unicode.IsUpper(r) && !unicode.IsUpper(runes[i-1])
		endsAcronym := i > 0 && i+1 < len(runes) && unicode.IsUpper(r) && unicode.IsUpper(runes[i-1]) && unicode.IsLower(runes[i+1])
		if afterLower || endsAcronym {
			flush()
		}
		word = append(word, r)
	}
	flush()
	return words
}

// Words are the words, in lower case.
func (n Name) Words() []string { return n.words }

// Kebab is "article-feed".
func (n Name) Kebab() string { return strings.Join(n.words, "-") }

// Snake is "article_feed", for files, columns and jobs.
func (n Name) Snake() string { return strings.Join(n.words, "_") }

// Dotted is "article.feed", for channels and events.
func (n Name) Dotted() string { return strings.Join(n.words, ".") }

// Flat is "articlefeed", for packages.
func (n Name) Flat() string { return strings.Join(n.words, "") }

// Spaced is "article feed", for sentences.
func (n Name) Spaced() string { return strings.Join(n.words, " ") }

// Title is "Article feed", for headings and labels.
func (n Name) Title() string {
	words := make([]string, len(n.words))
	for i, word := range n.words {
		words[i] = word
		if initialisms[word] {
			words[i] = strings.ToUpper(word)
		}
	}
	return upperFirst(strings.Join(words, " "))
}

// Exported is "ArticleFeed", with "ID" and "URL" as Go has them.
func (n Name) Exported() string {
	var b strings.Builder
	for _, word := range n.words {
		b.WriteString(capital(word))
	}
	return b.String()
}

// Unexported is "articleFeed" and "articleID".
func (n Name) Unexported() string {
	var b strings.Builder
	for i, word := range n.words {
		if i == 0 {
			b.WriteString(word)
		} else {
			b.WriteString(capital(word))
		}
	}
	return b.String()
}

// JSON is "articleId": in JSON there are no initials.
func (n Name) JSON() string {
	var b strings.Builder
	for i, word := range n.words {
		if i == 0 {
			b.WriteString(word)
		} else {
			b.WriteString(upperFirst(word))
		}
	}
	return b.String()
}

// Then is the name with more words at its end.
func (n Name) Then(words ...string) Name {
	return Name{words: append(append([]string(nil), n.words...), words...)}
}

// After is the name with more words before it.
func (n Name) After(words ...string) Name {
	return Name{words: append(append([]string(nil), words...), n.words...)}
}

// initialisms are written in capitals in Go.
var initialisms = map[string]bool{
	"api": true, "css": true, "html": true, "http": true, "https": true, "id": true, "ip": true,
	"json": true, "sql": true, "ui": true, "uri": true, "url": true, "uuid": true, "xml": true,
}

func capital(word string) string {
	if initialisms[word] {
		return strings.ToUpper(word)
	}
	return upperFirst(word)
}

func upperFirst(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
