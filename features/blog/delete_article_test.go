package blog_test

import (
	"testing"

	"example.com/pergola/core/auth/authtest"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/fault/faulttest"
	"example.com/pergola/core/realtime/realtimetest"
	"example.com/pergola/features/blog"
)

func TestDeleteArticle_removesTheArticle(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	article := f.publish(t, f.draft(t, "Mulching"))

	err := f.DeleteArticle(authtest.As(t, edith), blog.DeleteArticleInput{ID: article.ID, Version: article.Version})

	if err != nil {
		t.Errorf("delete: %v", err)
	}
	_, readErr := f.ReadArticle(authtest.As(t, visitor), "mulching")
	faulttest.Want(t, readErr, fault.NotFound)
	_, openErr := f.OpenArticle(authtest.As(t, ada), article.ID)
	faulttest.Want(t, openErr, fault.NotFound)
	sent := realtimetest.Broadcasts(f.rt, blog.DeskChannel)
	if last := sent[len(sent)-1]; last.Action != blog.ActionDeleted || last.ActorName != "Edith" || last.URL != "/desk" || last.Title != "Mulching" || last.ID != article.ID+".3" {
		t.Errorf("the desk received %+v", last)
	}
}

func TestDeleteArticle_rejects(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	draft := f.draft(t, "Draft")
	f.retitle(t, draft, "Edited")

	faulttest.Want(t, f.DeleteArticle(authtest.As(t, ada), blog.DeleteArticleInput{ID: draft.ID, Version: draft.Version}), fault.Conflict)
	faulttest.Want(t, f.DeleteArticle(authtest.As(t, ada), blog.DeleteArticleInput{ID: ada.ID, Version: 1}), fault.NotFound)
}
