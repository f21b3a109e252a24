package blog_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"example.com/pergola/core/app/apptest"
	"example.com/pergola/core/auth/authtest"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/realtime/realtimetest"
	"example.com/pergola/features/blog"
)

func TestFrontPage_listsArticlesNewestFirst(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.draft(t, "Draft")
	s.publish(t, s.draft(t, "First <b>"))
	second := s.publish(t, s.draft(t, "Second"))

	page := s.As(visitor).Get("/")

	apptest.WantStatus(t, page, http.StatusOK)
	apptest.WantText(t, page, "#feed > li h2", "SecondFirst <b>")
	apptest.WantText(t, page, "#feed > li:first-of-type p:last-of-type", "Some words about Second.")
	apptest.WantText(t, page, "#feed > li:first-of-type time", "1 March 2026")
	apptest.WantAttr(t, page, "#feed > li:first-of-type", "data-key", second.ID)
	apptest.WantAttr(t, page, "#feed > li:first-of-type a", "href", "/articles/second")
	apptest.WantAttr(t, page, "#feed > li:first-of-type time", "datetime", second.PublishedAt.Format("2006-01-02T15:04:05Z07:00"))
	apptest.WantAttr(t, page, `link[rel=alternate]`, "href", "/feed.xml")
}

func TestFrontPage_hasAnEmptyState(t *testing.T) {
	t.Parallel()

	page := newSite(t).As(visitor).Get("/")

	apptest.WantStatus(t, page, http.StatusOK)
	if page.Find("#feed > li[data-live-empty]").Length() != 1 {
		t.Errorf("no empty state:\n%s", page.Find("main").Text())
	}
}

func TestFrontPage_linksToOlderPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for i := range blog.ArticlesPerPage + 1 {
		s.publish(t, s.draft(t, fmt.Sprintf("Article %d", i)))
	}
	visitor := s.As(visitor)

	first := visitor.Get("/")
	older, _ := first.Find("nav a[rel=next]").Attr("href")
	second := visitor.Get(older)

	if got := first.Find("#feed > li").Length(); got != blog.ArticlesPerPage {
		t.Errorf("first page has %d articles", got)
	}
	apptest.WantText(t, second, "#feed > li h2", "Article 0")
	if second.Find("[data-live]").Length() != 0 || second.Find("nav a[rel=next]").Length() != 0 {
		t.Error("the last page is live or has a next one")
	}
}

func TestFrontPage_rejectsAnInvalidCursor(t *testing.T) {
	t.Parallel()

	page := newSite(t).As(visitor).Get("/?after=page-2")

	apptest.WantStatus(t, page, http.StatusUnprocessableEntity)
}

func TestFrontPage_returnsTheCurrentStateOfItsLiveRegion(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.publish(t, s.draft(t, "First"))
	page := s.As(visitor).Get("/")

	response, body := s.request(t, visitor, http.MethodGet, page.Find("#feed").AttrOr("data-live-refresh", ""), nil, nil)

	state := fragment(t, body)
	apptest.WantText(t, state, "li h2", "First")
	if response.StatusCode != http.StatusOK || strings.Contains(body, "<title>") || state.Find("template[data-live-item]").Length() != 1 {
		t.Errorf("current state is %d\n%s", response.StatusCode, body)
	}
	if got := response.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control is %q, want no-store", got)
	}
}

func TestFrontPage_neverShowsAnOutdatedList(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	visitor := s.As(visitor)
	first := s.publish(t, s.draft(t, "First"))

	apptest.WantText(t, visitor.Get("/"), "#feed > li h2", "First")
	second := s.publish(t, s.draft(t, "Second"))
	apptest.WantText(t, visitor.Get("/"), "#feed > li h2", "SecondFirst")
	s.retitle(t, first, "Third")
	apptest.WantText(t, visitor.Get("/"), "#feed > li h2", "SecondThird")
	if _, err := s.UnpublishArticle(authtest.As(t, ada), blog.UnpublishArticleInput{ID: second.ID, Version: second.Version}); err != nil {
		t.Fatal(err)
	}
	apptest.WantText(t, visitor.Get("/"), "#feed > li h2", "Third")
}

// An article looks the same whether it is in the page or arrives live.
func TestFrontPage_hasATemplateForLiveArticles(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.publish(t, s.draft(t, "First"))

	page := s.As(visitor).Get("/")

	apptest.WantAttr(t, page, "#feed", "data-live", blog.ArticleFeedChannel.Spec().Name)
	template, item := page.Find("#feed template li"), page.Find("#feed > li").First()
	for selector, want := range map[string]string{"a": "data-live-href=url", "h2 a": "data-live-text=title", "p:last-of-type": "data-live-text=summary", "time": "data-live-datetime=publishedAt"} {
		name, value, _ := strings.Cut(want, "=")
		apptest.WantAttr(t, template, selector, name, value)
	}
	for _, selector := range []string{"article", "p", "h2", "h2 a", "p:last-of-type"} {
		apptest.WantAttr(t, template, selector, "class", item.Find(selector).First().AttrOr("class", "(none)"))
	}
}

func TestFrontPage_receivesNewArticles(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	socket := s.Socket(visitor)
	socket.MustSubscribe("blog.article.feed")

	article := s.publish(t, s.draft(t, "Live"))

	received := realtimetest.Next(socket, blog.ArticleFeedChannel)
	if received.Payload.ID != article.ID || received.Payload.URL != "/articles/live" {
		t.Errorf("received %+v, want the article", received.Payload)
	}
}

func TestArticlePage_showsTheArticle(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	draft, err := s.WriteDraft(authtest.As(t, ada), blog.WriteDraftInput{Text: blog.Text{Title: "Mulching & more", Summary: "In \"short\"", Body: "*Words* <script>alert(1)</script>"}})
	if err != nil {
		t.Fatal(err)
	}
	s.publish(t, draft)

	page := s.As(visitor).Get("/articles/mulching-and-more")

	apptest.WantStatus(t, page, http.StatusOK)
	apptest.WantText(t, page, "title", "Mulching & more")
	apptest.WantText(t, page, "h1", "Mulching & more")
	apptest.WantText(t, page, "article header > p", `In "short"`)
	apptest.WantText(t, page, "article header .font-medium", "Ada")
	apptest.WantText(t, page, "article header time", "1 March 2026")
	apptest.WantText(t, page, ".prose em", "Words")
	apptest.WantAttr(t, page, `meta[property="og:type"]`, "content", "article")
	apptest.WantAttr(t, page, `meta[property="article:author"]`, "content", "Ada")
	apptest.WantAttr(t, page, `meta[name=description]`, "content", `In "short"`)
	if page.Find("script").Length() != 0 || page.Find("h1").Length() != 1 {
		t.Errorf("page has a script or a second h1:\n%s", page.Text())
	}
}

func TestArticlePage_linksEditorsToTheDesk(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	article := s.publish(t, s.draft(t, "Mulching"))
	link := fmt.Sprintf("a[href='/desk/articles/%s/edit']", article.ID)

	if s.As(ada).Get("/articles/mulching").Find(link).Length() != 1 {
		t.Error("an editor sees no link to the desk")
	}
	if s.As(grace).Get("/articles/mulching").Find(link).Length() != 0 {
		t.Error("a reader sees a link to the desk")
	}
}

func TestArticlePage_showsSectionsOfOtherFeatures(t *testing.T) {
	t.Parallel()
	section := func(_ context.Context, article blog.ArticleRef) (templ.Component, error) {
		return templ.Raw("<section>More about " + article.Title + " at " + article.URL + "</section>"), nil
	}
	s := newSite(t, feature.Manifest{Name: "comments", Parts: []feature.Part{feature.Fill(blog.ArticleFooterSlot, section)}})
	s.publish(t, s.draft(t, "Mulching"))

	page := s.As(visitor).Get("/articles/mulching")

	apptest.WantText(t, page, "article section", "More about Mulching at /articles/mulching")
}

func TestArticlePage_redirectsFromFormerSlugs(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.retitle(t, s.publish(t, s.draft(t, "One")), "Two")

	response, _ := s.request(t, visitor, http.MethodGet, "/articles/one", nil, nil)

	if response.StatusCode != http.StatusMovedPermanently || response.Header.Get("Location") != "/articles/two" || response.Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("status %d, Location %q, Cache-Control %q", response.StatusCode, response.Header.Get("Location"), response.Header.Get("Cache-Control"))
	}
	apptest.WantText(t, s.As(visitor).Get("/articles/one"), "h1", "Two")
}

func TestArticlePage_isNotFound(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.draft(t, "Draft")

	for _, path := range []string{"/articles/draft", "/articles/nothing", "/articles/a%00b", "/articles/%ff", "/articles/..%2fdesk"} {
		apptest.WantStatus(t, s.As(visitor).Get(path), http.StatusNotFound)
	}
}
