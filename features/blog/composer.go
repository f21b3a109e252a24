package blog

import (
	"bytes"
	"fmt"
	"html"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// edition counts the ways in which a Composer has composed. Raise it with
// every change of what it makes of a text (an extension, a rule of the
// policy): articles of an earlier edition are composed again when they are
// read, so that a mended rule holds for old articles from the next request on.
const edition = 1

// Composer makes of a Text what a reader sees of it. An article is composed
// once, when it is written, and its HTML stored beside the Markdown, because it
// is read far more often than it is written.
//
// Two barriers stand between a text and a reader's browser: raw HTML in the
// Markdown is left out, and what the Markdown becomes passes a list of allowed
// elements, attributes and URL schemes (http, https, mailto and paths). No
// script, style, event attribute, javascript: or data: URL comes through.
//
// A Composer may be used by many goroutines at once.
type Composer struct {
	markdown goldmark.Markdown
	policy   *bluemonday.Policy
	noMarkup *bluemonday.Policy
}

// Composed is a text that keeps the rules of Text.Checked, and what was made
// of it.
type Composed struct {
	Text
	Excerpt        string // the summary, or the beginning of the body
	HTML           string // safe to send as it is
	ReadingMinutes int    // at least 1
	Edition        int
}

// NewComposer makes a Composer.
func NewComposer() *Composer {
	return &Composer{
		markdown: goldmark.New(
			goldmark.WithExtensions(
				extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute)),
				extension.Strikethrough,
				extension.Linkify,
				extension.Typographer,
			),
			goldmark.WithParserOptions(
				parser.WithParagraphTransformers(util.Prioritized(smallTables{}, 150)), // before tables are made, at 200
				parser.WithASTTransformers(util.Prioritized(settleHeadings{}, 100)),
			),
		),
		policy:   articlePolicy(),
		noMarkup: bluemonday.StrictPolicy(),
	}
}

// Compose checks a text and makes of it what readers see. It fails as
// Text.Checked does.
func (c *Composer) Compose(written Text) (Composed, error) {
	checked, err := written.Checked()
	if err != nil {
		return Composed{}, err
	}
	source := []byte(checked.Body)
	document := c.markdown.Parser().Parse(text.NewReader(source))
	var page bytes.Buffer
	if err := c.markdown.Renderer().Render(&page, source, document); err != nil {
		return Composed{}, fmt.Errorf("render Markdown: %w", err)
	}
	excerpt := checked.Summary
	if excerpt == "" {
		if excerpt, err = c.beginning(document, source); err != nil {
			return Composed{}, err
		}
	}
	return Composed{
		Text:           checked,
		Excerpt:        excerpt,
		HTML:           c.policy.SanitizeReader(&page).String(),
		ReadingMinutes: readingMinutes(checked.Body),
		Edition:        edition,
	}, nil
}

// refresh composes an article of an earlier edition again. The text was
// checked when it was written, so only a defect makes it fail.
func (c *Composer) refresh(article *Article) error {
	if article.Edition == edition {
		return nil
	}
	composed, err := c.Compose(Text{Title: article.Title, Summary: article.Summary, Body: article.Body})
	if err != nil {
		return fmt.Errorf("compose article %s again: %w", article.ID, err)
	}
	article.write(composed)
	return nil
}

// articlePolicy allows what Markdown makes, and nothing that a page's style or
// script could be changed with.
func articlePolicy() *bluemonday.Policy {
	policy := bluemonday.NewPolicy()
	policy.AllowElements(
		"p", "br", "hr", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "code",
		"em", "strong", "del", "ul", "li", "table", "thead", "tbody", "tr",
	)
	policy.AllowAttrs("start").Matching(bluemonday.Integer).OnElements("ol")
	policy.AllowElements("ol", "th", "td")
	policy.AllowAttrs("align").Matching(bluemonday.CellAlign).OnElements("th", "td")
	policy.AllowAttrs("class").Matching(regexp.MustCompile(`^language-[A-Za-z0-9+#-]+$`)).OnElements("code")
	policy.AllowAttrs("href", "title").OnElements("a")
	policy.AllowAttrs("src", "alt", "title").OnElements("img")
	policy.AllowURLSchemes("http", "https", "mailto")
	policy.AllowRelativeURLs(true)
	policy.RequireParseableURLs(true)
	return policy
}

// settleHeadings moves the headings so that the highest is of the second
// level, since the page's first heading is the article's title: whether an
// editor begins with # or with ##, no level is left out.
type settleHeadings struct{}

func (settleHeadings) Transform(document *ast.Document, _ text.Reader, _ parser.Context) {
	highest := 6
	eachHeading(document, func(heading *ast.Heading) { highest = min(highest, heading.Level) })
	eachHeading(document, func(heading *ast.Heading) { heading.Level = min(heading.Level-highest+2, 6) })
}

func eachHeading(document ast.Node, do func(*ast.Heading)) {
	_ = ast.Walk(document, func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		if heading, ok := node.(*ast.Heading); ok && entering {
			do(heading)
		}
		return ast.WalkContinue, nil
	})
}

// The beginning of a body is as many of its paragraphs as make an excerpt of
// enough bytes, cut at the length, which is in characters.
const (
	excerptEnough = 120
	excerptLength = 240
)

// beginning is the plain text of a document's first paragraphs.
func (c *Composer) beginning(document ast.Node, source []byte) (string, error) {
	var paragraphs bytes.Buffer
	for block := document.FirstChild(); block != nil && paragraphs.Len() < excerptEnough; block = block.NextSibling() {
		if block.Kind() != ast.KindParagraph {
			continue
		}
		if err := c.markdown.Renderer().Render(&paragraphs, source, block); err != nil {
			return "", fmt.Errorf("render the beginning: %w", err)
		}
	}
	words := html.UnescapeString(c.noMarkup.SanitizeReader(&paragraphs).String())
	return shorten(oneLine(words), excerptLength), nil
}

// shorten cuts a line after a word, so that it has at most limit characters
// and an ellipsis.
func shorten(line string, limit int) string {
	if utf8.RuneCountInString(line) <= limit {
		return line
	}
	cut := string([]rune(line)[:limit])
	if space := strings.LastIndexByte(cut, ' '); space > limit/2 {
		cut = cut[:space]
	}
	return strings.TrimRight(cut, " ,;:.–—") + "…"
}

const wordsAMinute = 220

func readingMinutes(body string) int {
	words := len(strings.Fields(body))
	return max(1, (words+wordsAMinute/2)/wordsAMinute)
}
