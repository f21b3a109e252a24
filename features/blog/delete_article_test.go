package blog_test

import (
	"testing"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/realtime/realtimetest"
	"example.com/pergola/features/blog"
)

func TestDeleteArticle_leavesNothing(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		d := newDesk(s)
		article := d.publish(t, d.draft(t, "Mulching"))

		err := d.DeleteArticle(as(t, edith), blog.DeleteArticleInput{ID: article.ID, Version: article.Version})

		if err != nil {
			t.Errorf("delete: %v", err)
		}
		_, readErr := d.ReadArticle(as(t, nobody), "mulching")
		wantFault(t, readErr, fault.NotFound)
		_, openErr := d.OpenArticle(as(t, ada), article.ID)
		wantFault(t, openErr, fault.NotFound)
		told := realtimetest.Broadcasts(d.rt, blog.DeskChannel)
		if last := told[len(told)-1]; last.Action != blog.ActionDeleted || last.ActorName != "Edith" || last.URL != "/desk" || last.Title != "Mulching" || last.ID != article.ID+".3" {
			t.Errorf("the desk was told %+v", last)
		}
	})
}

func TestDeleteArticle_refuses(t *testing.T) {
	t.Parallel()
	d := newDesk(inMemory(t))
	draft := d.draft(t, "Draft")
	d.retitle(t, draft, "Edited")

	wantFault(t, d.DeleteArticle(as(t, ada), blog.DeleteArticleInput{ID: draft.ID, Version: draft.Version}), fault.Conflict)
	wantFault(t, d.DeleteArticle(as(t, ada), blog.DeleteArticleInput{ID: ada.ID, Version: 1}), fault.NotFound)
}
