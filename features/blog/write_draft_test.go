package blog_test

import (
	"errors"
	"testing"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/auth/authtest"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/fault/faulttest"
	"example.com/pergola/core/realtime/realtimetest"
	"example.com/pergola/features/blog"
)

func TestWriteDraft_storesADraftByTheEditor(t *testing.T) {
	t.Parallel()
	f := newFixture(t)

	draft, err := f.WriteDraft(authtest.As(t, ada), blog.WriteDraftInput{Text: blog.Text{Title: " Leaves & light ", Body: "*Words*\r\n"}})

	if err != nil {
		t.Fatalf("write: %v", err)
	}
	if draft.Slug != "leaves-and-light" || draft.Title != "Leaves & light" || draft.Body != "*Words*" || draft.HTML != "<p><em>Words</em></p>\n" {
		t.Errorf("draft is %+v", draft)
	}
	if draft.State != blog.StateDraft || draft.AuthorID != ada.ID || draft.AuthorName != "Ada" || draft.Version != 1 || draft.WasPublished() {
		t.Errorf("draft is %+v, want one by Ada that was never published", draft)
	}
	stored, err := f.OpenArticle(authtest.As(t, edith), draft.ID)
	if err != nil || stored != draft {
		t.Errorf("stored is\n%+v, %v; want\n%+v", stored, err, draft)
	}
}

func TestWriteDraft_notifiesOnlyTheDesk(t *testing.T) {
	t.Parallel()
	f := newFixture(t)

	draft := f.draft(t, "Mulching")

	want := blog.DeskActivity{
		ID: draft.ID + ".1", ActorName: "Ada", Action: blog.ActionDrafted, Title: "Mulching",
		URL: "/desk/articles/" + draft.ID + "/edit", At: draft.CreatedAt,
	}
	got := realtimetest.Broadcasts(f.rt, blog.DeskChannel)
	if len(got) != 1 || got[0] != want || len(f.rt.Messages()) != 1 {
		t.Errorf("sent %+v, want only %+v", f.rt.Messages(), want)
	}
}

func TestWriteDraft_createsOneArticleFromAFormSentTwice(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	in := blog.WriteDraftInput{ID: newID(t), Text: blog.Text{Title: "Mulching", Body: "Words"}}

	first, err := f.WriteDraft(authtest.As(t, ada), in)
	second, errAgain := f.WriteDraft(authtest.As(t, ada), in)

	if err := errors.Join(err, errAgain); err != nil || second != first || first.ID != in.ID {
		t.Errorf("first\n%+v, then\n%+v, %v; want the same article twice", first, second, err)
	}
	page, err := f.ListDesk(authtest.As(t, ada), blog.ListDeskInput{})
	if err != nil || len(page.Entries) != 1 || page.Entries[0].Slug != "mulching" {
		t.Errorf("the desk lists %+v, %v; want one article", page.Entries, err)
	}
	if sent := realtimetest.Broadcasts(f.rt, blog.DeskChannel); len(sent) != 1 {
		t.Errorf("the desk received %d messages, want one", len(sent))
	}
}

func TestWriteDraft_createsOneArticleFromConcurrentRequests(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	in := blog.WriteDraftInput{ID: newID(t), Text: blog.Text{Title: "Mulching", Body: "Words"}}

	succeeded := concurrently(t, 6, func(int) error {
		_, err := f.WriteDraft(authtest.As(t, ada), in)
		return err
	})

	page, err := f.ListDesk(authtest.As(t, ada), blog.ListDeskInput{})
	if err != nil || succeeded != 6 || len(page.Entries) != 1 {
		t.Errorf("%d of 6 succeeded, and the desk lists %+v, %v; want 6 and one article", succeeded, page.Entries, err)
	}
}

func TestWriteDraft_neverOverwritesAnArticle(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	draft := f.draft(t, "Mulching")
	same := blog.Text{Title: draft.Title, Body: draft.Body}

	_, byAnother := f.WriteDraft(authtest.As(t, edith), blog.WriteDraftInput{ID: draft.ID, Text: same})
	_, otherText := f.WriteDraft(authtest.As(t, ada), blog.WriteDraftInput{ID: draft.ID, Text: blog.Text{Title: "Other"}})
	_, damaged := f.WriteDraft(authtest.As(t, ada), blog.WriteDraftInput{ID: "1; drop table", Text: same})

	faulttest.Want(t, byAnother, fault.Conflict)
	faulttest.Want(t, otherText, fault.Conflict)
	faulttest.Want(t, damaged, fault.Invalid)
	if stored, err := f.OpenArticle(authtest.As(t, ada), draft.ID); err != nil || stored != draft {
		t.Errorf("stored is %+v, %v; want it unchanged", stored, err)
	}
}

func newID(t *testing.T) string {
	t.Helper()
	id, err := blog.NewArticleID()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestWriteDraft_storesNoInvalidText(t *testing.T) {
	t.Parallel()
	f := newFixture(t)

	_, err := f.WriteDraft(authtest.As(t, ada), blog.WriteDraftInput{Text: blog.Text{Body: "Words"}})

	faulttest.Want(t, err, fault.Invalid)
	if page, err := f.ListDesk(authtest.As(t, ada), blog.ListDeskInput{}); err != nil || len(page.Entries) != 0 {
		t.Errorf("the desk lists %+v, %v; want nothing", page.Entries, err)
	}
	if sent := f.rt.Messages(); len(sent) != 0 {
		t.Errorf("sent %+v, want nothing", sent)
	}
}

func TestDesk_requiresAnEditor(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	article := f.draft(t, "Mulching")
	text := blog.Text{Title: "Other", Body: "Words"}
	seen := struct {
		ID      string
		Version int
	}{article.ID, article.Version}

	for name, use := range map[string]func(user auth.User) error{
		"list":     func(u auth.User) error { _, err := f.ListDesk(authtest.As(t, u), blog.ListDeskInput{}); return err },
		"activity": func(u auth.User) error { _, err := f.ListDeskActivity(authtest.As(t, u), 1); return err },
		"open":     func(u auth.User) error { _, err := f.OpenArticle(authtest.As(t, u), article.ID); return err },
		"write": func(u auth.User) error {
			_, err := f.WriteDraft(authtest.As(t, u), blog.WriteDraftInput{Text: text})
			return err
		},
		"preview": func(u auth.User) error { _, err := f.PreviewArticle(authtest.As(t, u), text); return err },
		"edit": func(u auth.User) error {
			_, err := f.EditArticle(authtest.As(t, u), blog.EditArticleInput{ID: seen.ID, Version: seen.Version, Text: text})
			return err
		},
		"publish": func(u auth.User) error {
			_, err := f.PublishArticle(authtest.As(t, u), blog.PublishArticleInput{ID: seen.ID, Version: seen.Version})
			return err
		},
		"unpublish": func(u auth.User) error {
			_, err := f.UnpublishArticle(authtest.As(t, u), blog.UnpublishArticleInput(seen))
			return err
		},
		"delete": func(u auth.User) error { return f.DeleteArticle(authtest.As(t, u), blog.DeleteArticleInput(seen)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			faulttest.Want(t, use(visitor), fault.Unauthenticated)
			faulttest.Want(t, use(grace), fault.Forbidden)
		})
	}
}
