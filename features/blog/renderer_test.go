package blog_test

import (
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"example.com/pergola/features/blog"
)

func render(t testing.TB, text blog.Text) blog.RenderedText {
	t.Helper()
	if text.Title == "" {
		text.Title = "Title"
	}
	rendered, err := blog.NewRenderer().Render(text)
	if err != nil {
		t.Fatalf("render %q: %v", text.Body, err)
	}
	return rendered
}

func TestRenderer_rendersMarkdown(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ body, want string }{
		"paragraph":    {"one\ntwo", "<p>one\ntwo</p>"},
		"emphasis":     {"*a* **b** ~~c~~", "<p><em>a</em> <strong>b</strong> <del>c</del></p>"},
		"headings":     {"# A\n## B", "<h2>A</h2>\n<h3>B</h3>"},
		"low headings": {"### A\n## B", "<h3>A</h3>\n<h2>B</h2>"},
		"all headings": {"# A\n###### B", "<h2>A</h2>\n<h6>B</h6>"},
		"link":         {"[a](/articles/b)", `<p><a href="/articles/b">a</a></p>`},
		"bare URL":     {"see https://example.org", `<p>see <a href="https://example.org">https://example.org</a></p>`},
		"email":        {"[m](mailto:ada@example.com)", `<p><a href="mailto:ada@example.com">m</a></p>`},
		"image":        {"![rose](/rose.png \"A rose\")", `<p><img src="/rose.png" alt="rose" title="A rose"></p>`},
		"code":         {"```go\na < b\n```", "<pre><code class=\"language-go\">a &lt; b\n</code></pre>"},
		"list start":   {"3. c\n4. d", "<ol start=\"3\">\n<li>c</li>\n<li>d</li>\n</ol>"},
		"typography":   {`"quoted" -- it's`, "<p>“quoted” – it’s</p>"},
		"escaped":      {"1 < 2 & 3", "<p>1 &lt; 2 &amp; 3</p>"},
		"empty":        {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			got := strings.TrimSpace(render(t, blog.Text{Body: test.body}).HTML)

			if got != test.want {
				t.Errorf("%q rendered as\n%s\nwant\n%s", test.body, got, test.want)
			}
		})
	}
}

func TestRenderer_alignsTablesWithoutStyle(t *testing.T) {
	t.Parallel()

	html := render(t, blog.Text{Body: "|a|b|\n|:-|-:|\n|1|2|"}).HTML

	if !strings.Contains(html, `<td align="right">2</td>`) || strings.Contains(html, "style") {
		t.Errorf("the cell has no align attribute:\n%s", html)
	}
}

// A text of 100 KB must not become a table of 200 million cells.
func TestRenderer_leavesHugeTablesAsText(t *testing.T) {
	t.Parallel()
	table := func(columns, rows int, row string) string {
		return "|" + strings.Repeat("a|", columns) + "\n|" + strings.Repeat("-|", columns) + "\n" + strings.Repeat(row+"\n", rows)
	}
	for name, test := range map[string]struct {
		body string
		want bool
	}{
		"ordinary":        {table(10, 200, "|b|c|d|"), true},
		"wide and ragged": {table(10_000, 20_000, "|"), false},
		"wide at its end": {strings.Repeat("|x\n", 5000) + table(20_000, 10, "|"), false},
		"in a quote":      {"> " + strings.ReplaceAll(table(5_000, 8_000, "|"), "\n", "\n> "), false},
		"many small":      {strings.Repeat(table(3, 3, "|a|b|c|")+"\n", 1000), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			html := render(t, blog.Text{Title: "Tables", Body: test.body}).HTML

			if got := strings.Contains(html, "<table>"); got != test.want {
				t.Errorf("contains a table: %v, want %v", got, test.want)
			}
			if !strings.Contains(html, "a") {
				t.Error("the text is missing")
			}
		})
	}
}

// No text may run code or load a resource from another scheme in the reader's
// browser.
func TestRenderer_removesEverythingDangerous(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"script block":        "<script>alert(1)</script>",
		"script inline":       "a <script src=//evil.example></script> b",
		"script across":       "<scr<script>ipt>alert(1)</scr</script>ipt>",
		"event attribute":     `<img src=x onerror=alert(1)> <a onclick="x()" href="/">a</a>`,
		"javascript link":     "[a](javascript:alert(1))",
		"mixed case":          "[a](JaVaScRiPt:alert(1))",
		"entity in scheme":    "[a](&#106;avascript:alert(1))",
		"tab in scheme":       "[a](<java\tscript:alert(1)>)",
		"javascript autolink": "<javascript:alert(1)>",
		"reference link":      "[a][r]\n\n[r]: javascript:alert(1)",
		"data link":           "[a](data:text/html;base64,PHNjcmlwdD4=)",
		"data image":          "![a](data:image/svg+xml;base64,PHN2Zz4=)",
		"vbscript":            "[a](vbscript:msgbox)",
		"file":                "[a](file:///etc/passwd)",
		"raw javascript link": `<a href="javascript:alert(1)">a</a>`,
		"iframe":              `<iframe src="https://evil.example"></iframe>`,
		"form":                `<form action="https://evil.example"><input name=q><button>b</button></form>`,
		"style element":       "<style>body{display:none}</style>",
		"style attribute":     `<p style="position:fixed">a</p>`,
		"svg":                 `<svg onload=alert(1)><a xlink:href="javascript:alert(1)">a</a></svg>`,
		"math":                `<math><mi xlink:href="javascript:alert(1)">a</mi></math>`,
		"base":                `<base href="https://evil.example">`,
		"meta":                `<meta http-equiv=refresh content="0;url=https://evil.example">`,
		"id":                  `<p id="main" class="fixed">a</p>`,
		"live attribute":      `<ol data-live="blog.desk" data-live-refresh="/desk"></ol>`,
		"htmx attribute":      `<a hx-get="/desk" hx-trigger="load">a</a>`,
		"fence info":          "```\" onload=alert(1) x=\"\na\n```",
		"title attribute":     `[a](/b "x\" onclick=\"alert(1)")`,
		"comment":             "<!-- --><script>alert(1)</script>-->",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			html := render(t, blog.Text{Body: body}).HTML

			document, err := goquery.NewDocumentFromReader(strings.NewReader(html))
			if err != nil {
				t.Fatalf("parse %s: %v", html, err)
			}
			document.Find("body *").Each(func(_ int, element *goquery.Selection) { checkHarmless(t, element, html) })
		})
	}
}

func checkHarmless(t *testing.T, element *goquery.Selection, html string) {
	t.Helper()
	const allowed = " p br hr h2 h3 h4 h5 h6 blockquote pre code em strong del ul ol li table thead tbody tr th td a img "
	node := element.Get(0)
	if !strings.Contains(allowed, " "+node.Data+" ") {
		t.Errorf("found <%s> in %s", node.Data, html)
	}
	for _, attribute := range node.Attr {
		switch attribute.Key {
		case "href", "src":
			if scheme, _, found := strings.Cut(attribute.Val, ":"); found && scheme != "http" && scheme != "https" && scheme != "mailto" {
				t.Errorf("found a URL with scheme %q in %s", scheme, html)
			}
		case "alt", "title", "align", "start":
		case "class":
			if node.Data != "code" || !strings.HasPrefix(attribute.Val, "language-") {
				t.Errorf("found a class in %s", html)
			}
		default:
			t.Errorf("found the attribute %s in %s", attribute.Key, html)
		}
	}
}

func TestRenderer_makesTheExcerpt(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("twelve chars ", 30)
	for name, test := range map[string]struct {
		text blog.Text
		want string
	}{
		"summary":          {blog.Text{Summary: "In short", Body: "At length"}, "In short"},
		"first paragraphs": {blog.Text{Body: "# Heading\n\nOne *two*\nthree.\n\n- item\n\nFour &amp; `<five>`."}, "One two three. Four & <five>."},
		"typography":       {blog.Text{Body: `It's "so".`}, "It’s “so”."},
		"no markup":        {blog.Text{Body: "a <b>b</b> <script>c</script>"}, "a b c"},
		"no paragraph":     {blog.Text{Body: "# Only a heading"}, ""},
		"no text":          {blog.Text{}, ""},
		"cut after a word": {blog.Text{Body: long}, strings.TrimRight(long[:234], " ") + "…"},
		"cut in a word":    {blog.Text{Body: strings.Repeat("ä", 300)}, strings.Repeat("ä", 240) + "…"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			got := render(t, test.text).Excerpt

			if got != test.want {
				t.Errorf("excerpt is\n%q, want\n%q", got, test.want)
			}
		})
	}
}

func TestRenderer_estimatesReadingTime(t *testing.T) {
	t.Parallel()
	for words, want := range map[int]int{0: 1, 1: 1, 329: 1, 330: 2, 2200: 10} {
		if got := render(t, blog.Text{Body: strings.Repeat("word ", words)}).ReadingMinutes; got != want {
			t.Errorf("%d words take %d minutes to read, want %d", words, got, want)
		}
	}
}

func TestRenderer_isSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	renderer := blog.NewRenderer()
	done := make(chan string)

	for range 8 {
		go func() {
			rendered, err := renderer.Render(blog.Text{Title: "T", Body: "*a* [b](/c)"})
			if err != nil {
				t.Errorf("render: %v", err)
			}
			done <- rendered.HTML
		}()
	}

	for range 8 {
		if got := strings.TrimSpace(<-done); got != `<p><em>a</em> <a href="/c">b</a></p>` {
			t.Errorf("got %s", got)
		}
	}
}
