package blog_test

import (
	"testing"

	"example.com/pergola/core/auth/authtest"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/fault/faulttest"
	"example.com/pergola/core/realtime/realtimetest"
	"example.com/pergola/features/blog"
)

func TestUnpublishArticle_hidesItFromReaders(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	article := f.publish(t, f.draft(t, "Mulching"))

	unpublished, err := f.UnpublishArticle(authtest.As(t, edith), blog.UnpublishArticleInput{ID: article.ID, Version: article.Version})

	if err != nil || unpublished.State != blog.StateDraft || !unpublished.WasPublished() {
		t.Errorf("unpublished %+v, %v", unpublished, err)
	}
	_, readErr := f.ReadArticle(authtest.As(t, visitor), "mulching")
	faulttest.Want(t, readErr, fault.NotFound)
	if page, err := f.ListArticles(authtest.As(t, visitor), blog.ListArticlesInput{}); err != nil || len(page.Articles) != 0 {
		t.Errorf("front page shows %+v, %v; want nothing", page.Articles, err)
	}
	sent := realtimetest.Broadcasts(f.rt, blog.DeskChannel)
	if last := sent[len(sent)-1]; last.Action != blog.ActionUnpublished || last.ActorName != "Edith" {
		t.Errorf("the desk received %+v", last)
	}
}

func TestUnpublishArticle_allowsPublishingAgainAtTheTop(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	first := f.publish(t, f.draft(t, "First"))
	f.publish(t, f.draft(t, "Second"))
	unpublished, err := f.UnpublishArticle(authtest.As(t, ada), blog.UnpublishArticleInput{ID: first.ID, Version: first.Version})
	if err != nil {
		t.Fatal(err)
	}

	again := f.publish(t, unpublished)

	page, err := f.ListArticles(authtest.As(t, visitor), blog.ListArticlesInput{})
	if err != nil || page.Articles[0].ID != first.ID || !again.PublishedAt.After(first.PublishedAt) {
		t.Errorf("front page shows %+v, %v; want the first article at the top", page.Articles, err)
	}
}

func TestUnpublishArticle_rejects(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	draft, public := f.draft(t, "Draft"), f.publish(t, f.draft(t, "Public"))

	_, draftErr := f.UnpublishArticle(authtest.As(t, ada), blog.UnpublishArticleInput{ID: draft.ID, Version: draft.Version})
	_, staleErr := f.UnpublishArticle(authtest.As(t, ada), blog.UnpublishArticleInput{ID: public.ID, Version: 1})
	_, missingErr := f.UnpublishArticle(authtest.As(t, ada), blog.UnpublishArticleInput{ID: ada.ID, Version: 1})

	faulttest.Want(t, draftErr, fault.Conflict)
	faulttest.Want(t, staleErr, fault.Conflict)
	faulttest.Want(t, missingErr, fault.NotFound)
}
