package blog

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/respond"
	"example.com/pergola/web/components"
)

func (f *Feature) showFrontPage(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	page, err := f.ListArticles(r.Context(), ListArticlesInput{After: query.Get("after")})
	if err != nil {
		return err
	}
	if query.Get("fragment") == "feed" {
		f.Respond.Fragment(w, r, http.StatusOK, f.feed.render(page, feedItems(page.Articles)))
		return nil
	}
	first := query.Get("after") == ""
	body := frontPage(page, first)
	if first {
		body = f.frontPage.render(page, body)
	}
	f.Respond.Page(w, r, respond.Page{
		Description: "Articles, newest first. New articles appear as they are published.",
		Body:        body,
		Head:        frontPageHead(),
	})
	return nil
}

func (f *Feature) showArticle(w http.ResponseWriter, r *http.Request) error {
	slug := chi.URLParam(r, "slug")
	article, err := f.ReadArticle(r.Context(), slug)
	if err != nil {
		return err
	}
	if article.Slug != slug {
		// An editor may change the title back. A browser that had cached the
		// redirect would then loop, so it has to ask each time.
		w.Header().Set("Cache-Control", "no-cache")
		http.Redirect(w, r, article.URL(), http.StatusMovedPermanently)
		return nil
	}
	mayEdit := auth.CurrentUser(r.Context()).HasRole(auth.RoleEditor)
	f.Respond.Page(w, r, respond.Page{
		Title:       article.Title,
		Description: article.Excerpt,
		Body:        articlePage(article, mayEdit, f.Slots),
		Head:        articleHead(article),
		Type:        "article",
	})
	return nil
}

func (f *Feature) showAtomFeed(w http.ResponseWriter, r *http.Request) error {
	page, err := f.ListArticles(r.Context(), ListArticlesInput{})
	if err != nil {
		return err
	}
	feed, err := newAtomFeed(page.Articles, f.BaseURL)
	if err != nil {
		return err
	}
	header := w.Header()
	header.Set("Content-Type", "application/atom+xml; charset=utf-8")
	header.Set("Cache-Control", "public, max-age=300")
	header.Set("ETag", feed.etag())
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(feed.document))
	return nil
}

// pageCache keeps the last rendering of a component that shows the first page
// of articles. That page is the one most often requested, and the same for
// everyone. It is rendered again when its articles change, not for every
// visitor, which saves a third of the time of the request. The articles are
// read from the database each time, so the list is never outdated.
type pageCache struct {
	last atomic.Pointer[renderedPage]
}

type renderedPage struct {
	page ArticlePage
	html string
}

// render renders a component whose output depends on the page only.
func (c *pageCache) render(page ArticlePage, component templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		if components.TextsChange() {
			return component.Render(ctx, w)
		}
		last := c.last.Load()
		if last == nil || last.page.Next != page.Next || !slices.Equal(last.page.Articles, page.Articles) {
			var html strings.Builder
			if err := component.Render(ctx, &html); err != nil {
				return err
			}
			last = &renderedPage{page: page, html: html.String()}
			c.last.Store(last)
		}
		_, err := io.WriteString(w, last.html)
		return err
	})
}
