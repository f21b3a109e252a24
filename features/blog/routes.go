package blog

import (
	"github.com/go-chi/chi/v5"

	"example.com/pergola/core/auth"
)

func (f *Feature) routes(r chi.Router) {
	handle := f.Respond.Handle

	r.Get("/", handle(f.showFrontPage))
	r.Get("/articles/{slug}", handle(f.showArticle))
	r.Get("/feed.xml", handle(f.showAtomFeed))

	r.Group(func(r chi.Router) {
		r.Use(auth.RequireRole(auth.RoleEditor, f.Respond.Error))

		r.Get("/desk", handle(f.showDesk))
		r.Get("/desk/articles/new", handle(f.showNewArticle))
		r.Post("/desk/articles", handle(f.createArticle))
		r.Get("/desk/articles/{id}/edit", handle(f.showEditor))
		r.Post("/desk/articles/{id}", handle(f.saveArticle))
		r.Post("/desk/articles/{id}/preview", handle(f.previewArticle))
		r.Post("/desk/articles/{id}/publish", handle(f.publishArticle))
		r.Post("/desk/articles/{id}/unpublish", handle(f.unpublishArticle))
		r.Post("/desk/articles/{id}/delete", handle(f.deleteArticle))
	})
}
