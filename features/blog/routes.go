package blog

import (
	"github.com/go-chi/chi/v5"

	"example.com/pergola/core/auth"
)

func (f *Feature) routes(r chi.Router) {
	r.Get("/", f.showFrontPage)
	r.Get("/articles/{slug}", f.showArticle)
	r.Get("/feed.xml", f.showAtomFeed)

	r.Group(func(r chi.Router) {
		r.Use(auth.RequireRole(auth.RoleEditor, f.deps.Respond.Error))

		r.Get("/desk", f.showDesk)
		r.Get("/desk/articles/new", f.showNewArticle)
		r.Post("/desk/articles", f.saveNewArticle)
		r.Get("/desk/articles/{id}/edit", f.showEditor)
		r.Post("/desk/articles/{id}", f.saveArticle)
		r.Post("/desk/articles/{id}/preview", f.previewArticle)
		r.Post("/desk/articles/{id}/publish", f.publishArticle)
		r.Post("/desk/articles/{id}/unpublish", f.unpublishArticle)
		r.Post("/desk/articles/{id}/delete", f.deleteArticle)
	})
}
