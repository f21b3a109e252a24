package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"

	"example.com/pergola/core/app/apptest"
	"example.com/pergola/core/app/browsertest"
	"example.com/pergola/core/realtime/realtimetest"
	"example.com/pergola/features/blog"
)

// User input that runs a script if a page does not escape it.
const (
	maliciousTitle   = `</title><script>window.hacked=1</script><img src=x onerror="window.hacked=1">"'<b>`
	maliciousSummary = `--><svg onload="window.hacked=1"><a href="javascript:window.hacked=1">here</a>`
	maliciousName    = `<img src=x onerror=window.hacked=1>"'`
	maliciousBody    = `
Words. <script>window.hacked=1</script> <img src=x onerror="window.hacked=1"> <a href="/" onclick="window.hacked=1">raw</a>

[one](javascript:window.hacked=1) [two](JaVa&#115;cript:window.hacked=1) [three](data:text/html,<script>window.hacked=1</script>)
![four](data:image/svg+xml,<svg/onload=window.hacked=1>) [five](vbscript:x) <javascript:window.hacked=1>

<iframe src="javascript:window.hacked=1"></iframe><form action="https://evil.example"><button>give</button></form>
<style>body{display:none}</style><p style="position:fixed" data-live="blog.desk" hx-get="/desk" id="main">raw</p>
<meta http-equiv="refresh" content="0;url=https://evil.example"><base href="https://evil.example">
`
)

// publishMalicious publishes an article with malicious content in every field,
// including the author's name. It returns the article's path.
func publishMalicious(t *testing.T, editor *apptest.Client) string {
	t.Helper()
	account := editor.Get("/account")
	if page := editor.Submit(account, "form[action='/account/name']", map[string]string{"name": maliciousName}); page.Status != http.StatusOK {
		t.Fatalf("change the name: %d %s", page.Status, page.Find("main").Text())
	}
	form := editor.Get("/desk/articles/new")
	draft := editor.Submit(form, "#article-form", map[string]string{"title": maliciousTitle, "summary": maliciousSummary, "body": maliciousBody})
	action := draft.Find("#article-form button[formaction$='/publish']").AttrOr("formaction", "")
	published := editor.SubmitTo(draft, "#article-form", action, nil)
	if published.Status != http.StatusOK || !strings.HasPrefix(published.Path, "/articles/") {
		t.Fatalf("publish: %d at %s: %s", published.Status, published.Path, published.Find("main").Text())
	}
	return published.Path
}

func TestHostile_rendersNoScriptFromContent(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	editor, admin, visitor := s.signIn(t, ada), s.signIn(t, alan), apptest.NewClient(t, s.URL)

	article := publishMalicious(t, editor)

	edit := editor.Get("/desk").Find("a[href$='/edit']").First().AttrOr("href", "")
	for path, client := range map[string]*apptest.Client{
		"/": visitor, article: visitor, "/desk": editor, edit: editor, "/account": editor, "/account/security": editor, "/admin/users": admin,
		"/admin/users?q=%3Cscript%3Ewindow.hacked%3D1%3C%2Fscript%3E":   admin,
		"/sign-in?next=/%22%3E%3Cscript%3Ewindow.hacked=1%3C/script%3E": visitor,
		"/nowhere/%3Cscript%3Ewindow.hacked=1%3C/script%3E":             visitor,
		"/?after=%3Cscript%3Ewindow.hacked=1%3C/script%3E":              visitor,
		"/sign-in?next=javascript:window.hacked=1":                      visitor,
		"/?fragment=feed":         visitor,
		"/desk?fragment=list":     editor,
		"/desk?fragment=activity": editor,
	} {
		checkNothingRuns(t, path, client.Get(path).Document)
	}
	if got := visitor.Get(article).Find("article h1").Text(); got != maliciousTitle {
		t.Errorf("title = %q, want it unchanged: %q", got, maliciousTitle)
	}
}

// checkNothingRuns checks that a page contains no injected markup or script.
func checkNothingRuns(t *testing.T, path string, page *goquery.Document) {
	t.Helper()
	page.Find("*").Each(func(_ int, element *goquery.Selection) {
		node := element.Get(0)
		switch node.Data {
		case "script":
			if src := element.AttrOr("src", ""); !strings.HasPrefix(src, "/") || strings.TrimSpace(element.Text()) != "" {
				t.Errorf("%s: found an inline or foreign script: %s", path, outer(element))
			}
		case "style", "iframe", "object", "embed", "base", "applet":
			t.Errorf("%s: found a <%s> element", path, node.Data)
		case "form":
			if action := element.AttrOr("action", "/"); !strings.HasPrefix(action, "/") || strings.HasPrefix(action, "//") {
				t.Errorf("%s: a form submits to %q", path, action)
			}
		case "meta":
			if element.AttrOr("http-equiv", "") != "" {
				t.Errorf("%s: found %s", path, outer(element))
			}
		}
		for _, attribute := range node.Attr {
			checkAttribute(t, path, attribute)
		}
	})
}

func checkAttribute(t *testing.T, path string, attribute html.Attribute) {
	t.Helper()
	switch {
	case strings.HasPrefix(attribute.Key, "on"), strings.HasPrefix(attribute.Key, "hx-on"), attribute.Key == "style", attribute.Key == "srcdoc":
		t.Errorf("%s: found the attribute %s=%q", path, attribute.Key, attribute.Val)
	case attribute.Key == "href" || attribute.Key == "src" || attribute.Key == "action" || attribute.Key == "formaction":
		scheme, _, found := strings.Cut(strings.ToLower(strings.TrimSpace(attribute.Val)), ":")
		if found && scheme != "http" && scheme != "https" && scheme != "mailto" && !strings.Contains(scheme, "/") {
			t.Errorf("%s: found a URL with the scheme %q", path, scheme)
		}
	}
}

func outer(element *goquery.Selection) string {
	text, _ := goquery.OuterHtml(element)
	return text
}

// The page renders broadcast payloads as text.
func TestHostile_rendersNoScriptFromBroadcasts(t *testing.T) {
	t.Parallel()
	s := startSite(t, builtAssets(t))
	socket := s.socket(t, apptest.NewClient(t, s.URL))
	socket.MustSubscribe("blog.article.feed")
	reader, desk := browsertest.Open(t), browsertest.Open(t)
	s.signInWith(desk, ada)
	desk.Goto(s.URL + "/desk")
	desk.WaitFor(connected)
	reader.Goto(s.URL + "/")
	reader.WaitFor(connected)

	article := publishMalicious(t, s.signIn(t, ada))

	if got := realtimetest.Next(socket, blog.ArticleFeedChannel).Payload; got.Title != maliciousTitle || got.URL != article {
		t.Errorf("received %+v", got)
	}
	reader.WaitForText("#feed > li:first-of-type h2", maliciousTitle)
	desk.WaitForText("#desk-activity", maliciousTitle)
	for _, window := range []*browsertest.Window{reader, desk} {
		if browsertest.Eval[bool](window, "window.hacked === 1 || document.querySelector('main script, main [onerror], main [onload]') !== null") {
			t.Error("the article's markup was inserted into the page")
		}
	}
	reader.Goto(s.URL + article)
	reader.WaitForText("article h1", maliciousTitle)
	if browsertest.Eval[bool](reader, "window.hacked === 1") {
		t.Error("the article's script ran")
	}
}
