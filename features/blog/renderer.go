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

	"example.com/pergola/core/form"
)

// rendererVersion is stored with each article. Increase it with every change to
// what a Renderer produces (an extension, a rule of the policy): an article
// that an earlier version rendered is rendered again when it is read, so that a
// corrected rule applies to old articles from the next request on.
const rendererVersion = 1

// Renderer turns a Text into what readers see. An article is read far more
// often than it is written, so it is rendered when it is saved, and the HTML is
// stored next to the Markdown.
//
// Two layers keep a text from harming its readers: raw HTML in the Markdown is
// dropped, and the output passes an allow-list of elements, attributes and URL
// schemes (http, https, mailto and relative URLs). No script, style, event
// attribute, javascript: or data: URL gets through.
//
// A Renderer is safe for concurrent use.
type Renderer struct {
	markdown goldmark.Markdown
	policy   *bluemonday.Policy
	noMarkup *bluemonday.Policy
}

// RenderedText is a normalized Text and its rendering.
type RenderedText struct {
	Text
	Excerpt         string // the summary, or the beginning of the body
	HTML            string // sanitized
	ReadingMinutes  int    // at least 1
	RendererVersion int
}

// NewRenderer returns a Renderer.
func NewRenderer() *Renderer {
	return &Renderer{
		markdown: goldmark.New(
			goldmark.WithExtensions(
				extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute)),
				extension.Strikethrough,
				extension.Linkify,
				extension.Typographer,
			),
			goldmark.WithParserOptions(
				parser.WithParagraphTransformers(util.Prioritized(tableLimit{}, 150)), // before the table extension, at 200
				parser.WithASTTransformers(util.Prioritized(headingLevels{}, 100)),
			),
		),
		policy:   articlePolicy(),
		noMarkup: bluemonday.StrictPolicy(),
	}
}

// Render normalizes a text and renders it. It fails as Text.Normalize does.
func (r *Renderer) Render(written Text) (RenderedText, error) {
	normalized, err := written.Normalize()
	if err != nil {
		return RenderedText{}, err
	}
	source := []byte(normalized.Body)
	document := r.markdown.Parser().Parse(text.NewReader(source))
	var page bytes.Buffer
	if err := r.markdown.Renderer().Render(&page, source, document); err != nil {
		return RenderedText{}, fmt.Errorf("render Markdown: %w", err)
	}
	excerpt := normalized.Summary
	if excerpt == "" {
		if excerpt, err = r.excerpt(document, source); err != nil {
			return RenderedText{}, err
		}
	}
	return RenderedText{
		Text:            normalized,
		Excerpt:         excerpt,
		HTML:            r.policy.SanitizeReader(&page).String(),
		ReadingMinutes:  readingMinutes(normalized.Body),
		RendererVersion: rendererVersion,
	}, nil
}

// refresh renders the article again if an earlier version rendered it. The text
// was valid when it was saved, so an error is a bug.
func (r *Renderer) refresh(article *Article) error {
	if article.RendererVersion == rendererVersion {
		return nil
	}
	rendered, err := r.Render(article.text())
	if err != nil {
		return fmt.Errorf("render article %s again: %w", article.ID, err)
	}
	article.setText(rendered)
	return nil
}

// articlePolicy allows what Markdown produces, and nothing that could change
// the style or the scripts of the page.
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

// maxTableCells is the size of the largest table that is rendered as one. No
// text that people write comes near it.
const maxTableCells = 10_000

// tableLimit leaves larger tables as plain text. Goldmark fills each row up to
// the width of the first, so a header of ten thousand columns above twenty
// thousand short rows is a small text that becomes gigabytes of HTML.
type tableLimit struct{}

func (tableLimit) Transform(paragraph *ast.Paragraph, reader text.Reader, _ parser.Context) {
	lines, columns := paragraph.Lines(), 0
	for i := range lines.Len() {
		line := lines.At(i)
		columns = max(columns, bytes.Count(line.Value(reader.Source()), []byte("|")))
	}
	if lines.Len()*columns <= maxTableCells {
		return
	}
	plain := ast.NewTextBlock()
	plain.SetLines(lines)
	paragraph.Parent().ReplaceChild(paragraph.Parent(), paragraph, plain)
}

// headingLevels shifts the headings so that the highest is an h2, since the h1
// of the page is the article's title, whether an editor starts with # or ##.
type headingLevels struct{}

func (headingLevels) Transform(document *ast.Document, _ text.Reader, _ parser.Context) {
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

// An excerpt is taken from as many paragraphs as give minExcerpt bytes, and cut
// to maxExcerpt characters.
const (
	minExcerpt = 120
	maxExcerpt = 240
)

// excerpt returns the plain text of a document's first paragraphs.
func (r *Renderer) excerpt(document ast.Node, source []byte) (string, error) {
	var paragraphs bytes.Buffer
	for block := document.FirstChild(); block != nil && paragraphs.Len() < minExcerpt; block = block.NextSibling() {
		if block.Kind() != ast.KindParagraph {
			continue
		}
		if err := r.markdown.Renderer().Render(&paragraphs, source, block); err != nil {
			return "", fmt.Errorf("render excerpt: %w", err)
		}
	}
	words := html.UnescapeString(r.noMarkup.SanitizeReader(&paragraphs).String())
	return truncate(form.Line(words), maxExcerpt), nil
}

// truncate cuts a line after a word to at most limit characters, and adds an
// ellipsis.
func truncate(line string, limit int) string {
	if utf8.RuneCountInString(line) <= limit {
		return line
	}
	cut := string([]rune(line)[:limit])
	if space := strings.LastIndexByte(cut, ' '); space > limit/2 {
		cut = cut[:space]
	}
	return strings.TrimRight(cut, " ,;:.–—") + "…"
}

const wordsPerMinute = 220

func readingMinutes(body string) int {
	words := len(strings.Fields(body))
	return max(1, (words+wordsPerMinute/2)/wordsPerMinute)
}
