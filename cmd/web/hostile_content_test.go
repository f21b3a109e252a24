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

// Everything that a person can write, with what would run if it were let.
const (
	wickedTitle   = `</title><script>window.hacked=1</script><img src=x onerror="window.hacked=1">"'<b>`
	wickedSummary = `--><svg onload="window.hacked=1"><a href="javascript:window.hacked=1">here</a>`
	wickedName    = `<img src=x onerror=window.hacked=1>"'`
	wickedBody    = `
Words. <script>window.hacked=1</script> <img src=x onerror="window.hacked=1"> <a href="/" onclick="window.hacked=1">raw</a>

[one](javascript:window.hacked=1) [two](JaVa&#115;cript:window.hacked=1) [three](data:text/html,<script>window.hacked=1</script>)
![four](data:image/svg+xml,<svg/onload=window.hacked=1>) [five](vbscript:x) <javascript:window.hacked=1>

<iframe src="javascript:window.hacked=1"></iframe><form action="https://evil.example"><button>give</button></form>
<style>body{display:none}</style><p style="position:fixed" data-live="blog.desk" hx-get="/desk" id="main">raw</p>
<meta http-equiv="refresh" content="0;url=https://evil.example"><base href="https://evil.example">
`
)

// publishWicked publishes an article full of markup by an editor whose name is, too.
// It returns the article's address.
func publishWicked(t *testing.T, editor *apptest.Client) string {
	t.Helper()
	account := editor.Get("/account")
	if page := editor.Submit(account, "form[action='/account/name']", map[string]string{"name": wickedName}); page.Status != http.StatusOK {
		t.Fatalf("change the name: %d %s", page.Status, page.Find("main").Text())
	}
	form := editor.Get("/desk/articles/new")
	draft := editor.Submit(form, "#article-form", map[string]string{"title": wickedTitle, "summary": wickedSummary, "body": wickedBody})
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

	article := publishWicked(t, editor)

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
	if got := visitor.Get(article).Find("article h1").Text(); got != wickedTitle {
		t.Errorf("the title is %q, want it as it was written: %q", got, wickedTitle)
	}
}

// checkNothingRuns holds of every page of the site.
func checkNothingRuns(t *testing.T, path string, page *goquery.Document) {
	t.Helper()
	page.Find("*").Each(func(_ int, element *goquery.Selection) {
		node := element.Get(0)
		switch node.Data {
		case "script":
			if src := element.AttrOr("src", ""); !strings.HasPrefix(src, "/") || strings.TrimSpace(element.Text()) != "" {
				t.Errorf("%s: a script that is not a file of ours: %s", path, outer(element))
			}
		case "style", "iframe", "object", "embed", "base", "applet":
			t.Errorf("%s: there is a <%s>", path, node.Data)
		case "form":
			if action := element.AttrOr("action", "/"); !strings.HasPrefix(action, "/") || strings.HasPrefix(action, "//") {
				t.Errorf("%s: a form leads to %q", path, action)
			}
		case "meta":
			if element.AttrOr("http-equiv", "") != "" {
				t.Errorf("%s: a page has %s", path, outer(element))
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
		t.Errorf("%s: there is an attribute %s=%q", path, attribute.Key, attribute.Val)
	case attribute.Key == "href" || attribute.Key == "src" || attribute.Key == "action" || attribute.Key == "formaction":
		scheme, _, found := strings.Cut(strings.ToLower(strings.TrimSpace(attribute.Val)), ":")
		if found && scheme != "http" && scheme != "https" && scheme != "mailto" && !strings.Contains(scheme, "/") {
			t.Errorf("%s: an address with the scheme %q", path, scheme)
		}
	}
}

func outer(element *goquery.Selection) string {
	text, _ := goquery.OuterHtml(element)
	return text
}

// What goes over sockets is data, too: the page makes text of it.
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

	article := publishWicked(t, s.signIn(t, ada))

	if heard := realtimetest.Next(socket, blog.ArticleFeedChannel).Payload; heard.Title != wickedTitle || heard.URL != article {
		t.Errorf("heard %+v", heard)
	}
	reader.WaitForText("#feed > li:first-of-type h2", wickedTitle)
	desk.WaitForText("#desk-activity", wickedTitle)
	for _, window := range []*browsertest.Window{reader, desk} {
		if browsertest.Eval[bool](window, "window.hacked === 1 || document.querySelector('main script, main [onerror], main [onload]') !== null") {
			t.Error("what was written has become a part of the page")
		}
	}
	reader.Goto(s.URL + article)
	reader.WaitForText("article h1", wickedTitle)
	if browsertest.Eval[bool](reader, "window.hacked === 1") {
		t.Error("what was written has run")
	}
}
