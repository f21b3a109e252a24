package blog

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/respond"
)

func (f *Feature) showFrontPage(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	page, err := f.deps.ListArticles(r.Context(), ListArticlesInput{After: query.Get("after")})
	if err != nil {
		f.deps.Respond.Error(w, r, err)
		return
	}
	if query.Get("fragment") == "feed" {
		f.deps.Respond.Fragment(w, r, http.StatusOK, f.feed.of(page, feedItems(page.Articles)))
		return
	}
	first := query.Get("after") == ""
	body := frontPage(page, first)
	if first {
		body = f.frontPage.of(page, body)
	}
	f.deps.Respond.Page(w, r, respond.Page{
		Description: "Articles, the latest first. What is published appears the moment it is.",
		Body:        body,
		Head:        frontPageHead(),
	})
}

func (f *Feature) showArticle(w http.ResponseWriter, r *http.Request) {
	slug := chi.URLParam(r, "slug")
	article, err := f.deps.ReadArticle(r.Context(), slug)
	if err != nil {
		f.deps.Respond.Error(w, r, err)
		return
	}
	if article.Slug != slug {
		// A title may be changed back. A browser that had kept the redirect
		// would then go round in circles, so it has to ask each time.
		w.Header().Set("Cache-Control", "no-cache")
		http.Redirect(w, r, article.URL(), http.StatusMovedPermanently)
		return
	}
	f.deps.Respond.Page(w, r, respond.Page{
		Title:       article.Title,
		Description: article.Excerpt,
		Body:        articlePage(article, auth.CurrentUser(r.Context()).HasRole(auth.RoleEditor)),
		Head:        articleHead(article),
		Type:        "article",
	})
}

func (f *Feature) showAtomFeed(w http.ResponseWriter, r *http.Request) {
	page, err := f.deps.ListArticles(r.Context(), ListArticlesInput{})
	if err != nil {
		f.deps.Respond.Error(w, r, err)
		return
	}
	feed, err := newAtomFeed(page.Articles, f.deps.BaseURL)
	if err != nil {
		f.deps.Respond.Error(w, r, err)
		return
	}
	feed.serve(w, r)
}
