package blog_test

import (
	"testing"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/realtime/realtimetest"
	"example.com/pergola/features/blog"
)

func TestUnpublishArticle_hidesItFromReaders(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		d := newDesk(s)
		article := d.publish(t, d.draft(t, "Mulching"))

		withdrawn, err := d.UnpublishArticle(as(t, edith), blog.UnpublishArticleInput{ID: article.ID, Version: article.Version})

		if err != nil || withdrawn.State != blog.StateDraft || !withdrawn.WasPublic() {
			t.Errorf("withdrawn is %+v, %v", withdrawn, err)
		}
		_, readErr := d.ReadArticle(as(t, nobody), "mulching")
		wantFault(t, readErr, fault.NotFound)
		if page, err := d.ListArticles(as(t, nobody), blog.ListArticlesInput{}); err != nil || len(page.Articles) != 0 {
			t.Errorf("the front page shows %+v, %v", page.Articles, err)
		}
		told := realtimetest.Broadcasts(d.rt, blog.DeskChannel)
		if last := told[len(told)-1]; last.Action != blog.ActionWithdrew || last.ActorName != "Edith" {
			t.Errorf("the desk was told %+v", last)
		}
	})
}

func TestUnpublishArticle_letsItBePublishedAgainOnTop(t *testing.T) {
	t.Parallel()
	d := newDesk(inMemory(t))
	first := d.publish(t, d.draft(t, "First"))
	d.publish(t, d.draft(t, "Second"))
	withdrawn, err := d.UnpublishArticle(as(t, ada), blog.UnpublishArticleInput{ID: first.ID, Version: first.Version})
	if err != nil {
		t.Fatal(err)
	}

	again := d.publish(t, withdrawn)

	page, err := d.ListArticles(as(t, nobody), blog.ListArticlesInput{})
	if err != nil || page.Articles[0].ID != first.ID || !again.PublishedAt.After(first.PublishedAt) {
		t.Errorf("the front page shows %+v, %v; want the first article on top", page.Articles, err)
	}
}

func TestUnpublishArticle_refuses(t *testing.T) {
	t.Parallel()
	d := newDesk(inMemory(t))
	draft, public := d.draft(t, "Draft"), d.publish(t, d.draft(t, "Public"))

	_, draftErr := d.UnpublishArticle(as(t, ada), blog.UnpublishArticleInput{ID: draft.ID, Version: draft.Version})
	_, staleErr := d.UnpublishArticle(as(t, ada), blog.UnpublishArticleInput{ID: public.ID, Version: 1})
	_, missingErr := d.UnpublishArticle(as(t, ada), blog.UnpublishArticleInput{ID: ada.ID, Version: 1})

	wantFault(t, draftErr, fault.Conflict)
	wantFault(t, staleErr, fault.Conflict)
	wantFault(t, missingErr, fault.NotFound)
}
