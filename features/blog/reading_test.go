package blog_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"example.com/pergola/core/realtime/realtimetest"
	"example.com/pergola/features/blog"
)

func TestFrontPage_listsArticlesLatestFirst(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.draft(t, "Draft")
	s.publish(t, s.draft(t, "First <b>"))
	second := s.publish(t, s.draft(t, "Second"))

	page := s.As(nobody).Get("/")

	wantStatus(t, page, http.StatusOK)
	wantText(t, page, "#feed > li h2", "SecondFirst <b>")
	wantText(t, page, "#feed > li:first-of-type p:last-of-type", "Some words about Second.")
	wantText(t, page, "#feed > li:first-of-type time", "1 March 2026")
	wantAttr(t, page, "#feed > li:first-of-type", "data-key", second.ID)
	wantAttr(t, page, "#feed > li:first-of-type a", "href", "/articles/second")
	wantAttr(t, page, "#feed > li:first-of-type time", "datetime", second.PublishedAt.Format("2006-01-02T15:04:05Z07:00"))
	wantAttr(t, page, `link[rel=alternate]`, "href", "/feed.xml")
}

func TestFrontPage_saysWhenThereIsNothingYet(t *testing.T) {
	t.Parallel()

	page := newSite(t).As(nobody).Get("/")

	wantStatus(t, page, http.StatusOK)
	if page.Find("#feed > li[data-live-empty]").Length() != 1 {
		t.Errorf("there is no empty state:\n%s", page.Find("main").Text())
	}
}

func TestFrontPage_goesOnOnOlderPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for i := range blog.ArticlesPerPage + 1 {
		s.publish(t, s.draft(t, fmt.Sprintf("Article %d", i)))
	}
	visitor := s.As(nobody)

	first := visitor.Get("/")
	older, _ := first.Find("nav a[rel=next]").Attr("href")
	second := visitor.Get(older)

	if got := first.Find("#feed > li").Length(); got != blog.ArticlesPerPage {
		t.Errorf("the first page has %d articles", got)
	}
	wantText(t, second, "#feed > li h2", "Article 0")
	if second.Find("[data-live]").Length() != 0 || second.Find("nav a[rel=next]").Length() != 0 {
		t.Error("the last page is live or has a next one")
	}
}

func TestFrontPage_refusesABadPlace(t *testing.T) {
	t.Parallel()

	page := newSite(t).As(nobody).Get("/?after=page-2")

	wantStatus(t, page, http.StatusUnprocessableEntity)
}

func TestFrontPage_answersThePresentStateOfItsLiveRegion(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.publish(t, s.draft(t, "First"))
	page := s.As(nobody).Get("/")

	response, body := s.request(t, nobody, http.MethodGet, page.Find("#feed").AttrOr("data-live-refresh", ""), nil, nil)

	state := fragment(t, body)
	wantText(t, state, "li h2", "First")
	if response.StatusCode != http.StatusOK || strings.Contains(body, "<title>") || state.Find("template[data-live-item]").Length() != 1 {
		t.Errorf("the present state is %d\n%s", response.StatusCode, body)
	}
	if got := response.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control is %q, want no-store", got)
	}
}

// The list is rendered once for many visitors, and is never an old one.
func TestFrontPage_showsWhatHasJustChanged(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	visitor := s.As(nobody)
	first := s.publish(t, s.draft(t, "First"))

	wantText(t, visitor.Get("/"), "#feed > li h2", "First")
	second := s.publish(t, s.draft(t, "Second"))
	wantText(t, visitor.Get("/"), "#feed > li h2", "SecondFirst")
	s.retitle(t, first, "Third")
	wantText(t, visitor.Get("/"), "#feed > li h2", "SecondThird")
	if _, err := s.UnpublishArticle(as(t, ada), blog.UnpublishArticleInput{ID: second.ID, Version: second.Version}); err != nil {
		t.Fatal(err)
	}
	wantText(t, visitor.Get("/"), "#feed > li h2", "Third")
}

// What the template binds are fields of the payload, so that an article looks
// the same whichever way it came.
func TestFrontPage_hasATemplateForLiveArticles(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.publish(t, s.draft(t, "First"))

	page := s.As(nobody).Get("/")

	wantAttr(t, page, "#feed", "data-live", blog.ArticleFeedChannel.Spec().Name)
	template, item := page.Find("#feed template li"), page.Find("#feed > li").First()
	for selector, want := range map[string]string{"a": "data-live-href=url", "h2 a": "data-live-text=title", "p:last-of-type": "data-live-text=summary", "time": "data-live-datetime=publishedAt"} {
		name, value, _ := strings.Cut(want, "=")
		wantAttr(t, template, selector, name, value)
	}
	for _, selector := range []string{"article", "p", "h2", "h2 a", "p:last-of-type"} {
		wantAttr(t, template, selector, "class", item.Find(selector).First().AttrOr("class", "(none)"))
	}
}

func TestFrontPage_hearsOfANewArticle(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	socket := s.Socket(nobody)
	socket.MustSubscribe("blog.article.feed")

	article := s.publish(t, s.draft(t, "Live"))

	heard := realtimetest.Next(socket, blog.ArticleFeedChannel)
	if heard.Payload.ID != article.ID || heard.Payload.URL != "/articles/live" {
		t.Errorf("heard %+v, want the article", heard.Payload)
	}
}

func TestArticlePage_showsTheArticle(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	draft, err := s.WriteDraft(as(t, ada), blog.WriteDraftInput{Text: blog.Text{Title: "Mulching & more", Summary: "In \"short\"", Body: "*Words* <script>alert(1)</script>"}})
	if err != nil {
		t.Fatal(err)
	}
	s.publish(t, draft)

	page := s.As(nobody).Get("/articles/mulching-and-more")

	wantStatus(t, page, http.StatusOK)
	wantText(t, page, "title", "Mulching & more")
	wantText(t, page, "h1", "Mulching & more")
	wantText(t, page, "article header > p", `In "short"`)
	wantText(t, page, "article header .font-medium", "Ada")
	wantText(t, page, "article header time", "1 March 2026")
	wantText(t, page, ".prose em", "Words")
	wantAttr(t, page, `meta[property="og:type"]`, "content", "article")
	wantAttr(t, page, `meta[property="article:author"]`, "content", "Ada")
	wantAttr(t, page, `meta[name=description]`, "content", `In "short"`)
	if page.Find("script").Length() != 0 || page.Find("h1").Length() != 1 {
		t.Errorf("there is a script or a second heading of the first level:\n%s", page.Text())
	}
}

func TestArticlePage_leadsEditorsToTheDesk(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	article := s.publish(t, s.draft(t, "Mulching"))
	link := fmt.Sprintf("a[href='/desk/articles/%s/edit']", article.ID)

	if s.As(ada).Get("/articles/mulching").Find(link).Length() != 1 {
		t.Error("an editor finds no way to the desk")
	}
	if s.As(grace).Get("/articles/mulching").Find(link).Length() != 0 {
		t.Error("a reader is shown a way to the desk")
	}
}

func TestArticlePage_movesWithTheTitle(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.retitle(t, s.publish(t, s.draft(t, "One")), "Two")

	response, _ := s.request(t, nobody, http.MethodGet, "/articles/one", nil, nil)

	if response.StatusCode != http.StatusMovedPermanently || response.Header.Get("Location") != "/articles/two" || response.Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("answered %d to %q, Cache-Control %q", response.StatusCode, response.Header.Get("Location"), response.Header.Get("Cache-Control"))
	}
	wantText(t, s.As(nobody).Get("/articles/one"), "h1", "Two")
}

func TestArticlePage_misses(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.draft(t, "Draft")

	for _, path := range []string{"/articles/draft", "/articles/nothing", "/articles/a%00b", "/articles/%ff", "/articles/..%2fdesk"} {
		wantStatus(t, s.As(nobody).Get(path), http.StatusNotFound)
	}
}
