package blog_test

import (
	"errors"
	"testing"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/realtime/realtimetest"
	"example.com/pergola/features/blog"
)

func TestWriteDraft_storesADraftOfTheEditor(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		d := newDesk(s)

		draft, err := d.WriteDraft(as(t, ada), blog.WriteDraftInput{Text: blog.Text{Title: " Leaves & light ", Body: "*Words*\r\n"}})

		if err != nil {
			t.Fatalf("write: %v", err)
		}
		if draft.Slug != "leaves-and-light" || draft.Title != "Leaves & light" || draft.Body != "*Words*" || draft.HTML != "<p><em>Words</em></p>\n" {
			t.Errorf("the draft is %+v", draft)
		}
		if draft.State != blog.StateDraft || draft.AuthorID != ada.ID || draft.AuthorName != "Ada" || draft.Version != 1 || draft.WasPublic() {
			t.Errorf("the draft is %+v, want one of Ada's that was never public", draft)
		}
		stored, err := d.OpenArticle(as(t, edith), draft.ID)
		if err != nil || stored != draft {
			t.Errorf("stored is\n%+v, %v; want\n%+v", stored, err, draft)
		}
	})
}

func TestWriteDraft_tellsTheDeskAndNobodyElse(t *testing.T) {
	t.Parallel()
	d := newDesk(inMemory(t))

	draft := d.draft(t, "Mulching")

	want := blog.DeskActivity{
		ID: draft.ID + ".1", ActorName: "Ada", Action: blog.ActionDrafted, Title: "Mulching",
		URL: "/desk/articles/" + draft.ID + "/edit", At: draft.CreatedAt,
	}
	got := realtimetest.Broadcasts(d.rt, blog.DeskChannel)
	if len(got) != 1 || got[0] != want || len(d.rt.Messages()) != 1 {
		t.Errorf("told %+v, want %+v and no more", d.rt.Messages(), want)
	}
}

func TestWriteDraft_isOneArticleForAFormThatIsSentTwice(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		d := newDesk(s)
		in := blog.WriteDraftInput{ID: newID(t), Text: blog.Text{Title: "Mulching", Body: "Words"}}

		first, err := d.WriteDraft(as(t, ada), in)
		second, errAgain := d.WriteDraft(as(t, ada), in)

		if err := errors.Join(err, errAgain); err != nil || second != first || first.ID != in.ID {
			t.Errorf("first\n%+v, then\n%+v, %v; want the same article twice", first, second, err)
		}
		page, err := d.ListDesk(as(t, ada), blog.ListDeskInput{})
		if err != nil || len(page.Entries) != 1 || page.Entries[0].Slug != "mulching" {
			t.Errorf("the desk has %+v, %v; want one article", page.Entries, err)
		}
		if told := realtimetest.Broadcasts(d.rt, blog.DeskChannel); len(told) != 1 {
			t.Errorf("the desk was told %d times, want once", len(told))
		}
	})
}

func TestWriteDraft_isOneArticleForAFormThatArrivesManyTimesAtOnce(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		d := newDesk(s)
		in := blog.WriteDraftInput{ID: newID(t), Text: blog.Text{Title: "Mulching", Body: "Words"}}

		won := atOnce(t, 6, func(int) error {
			_, err := d.WriteDraft(as(t, ada), in)
			return err
		})

		page, err := d.ListDesk(as(t, ada), blog.ListDeskInput{})
		if err != nil || won != 6 || len(page.Entries) != 1 {
			t.Errorf("%d of 6 succeeded, and the desk has %+v, %v; want 6 and one article", won, page.Entries, err)
		}
	})
}

func TestWriteDraft_neverWritesOverAnArticle(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		d := newDesk(s)
		draft := d.draft(t, "Mulching")
		same := blog.Text{Title: draft.Title, Body: draft.Body}

		_, others := d.WriteDraft(as(t, edith), blog.WriteDraftInput{ID: draft.ID, Text: same})
		_, otherWords := d.WriteDraft(as(t, ada), blog.WriteDraftInput{ID: draft.ID, Text: blog.Text{Title: "Other"}})
		_, damaged := d.WriteDraft(as(t, ada), blog.WriteDraftInput{ID: "1; drop table", Text: same})

		wantFault(t, others, fault.Conflict)
		wantFault(t, otherWords, fault.Conflict)
		wantFault(t, damaged, fault.Invalid)
		if stored, err := d.OpenArticle(as(t, ada), draft.ID); err != nil || stored != draft {
			t.Errorf("stored is %+v, %v; want it untouched", stored, err)
		}
	})
}

func newID(t *testing.T) string {
	t.Helper()
	id, err := blog.NewArticleID()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestWriteDraft_storesNothingOfATextThatBreaksTheRules(t *testing.T) {
	t.Parallel()
	d := newDesk(inMemory(t))

	_, err := d.WriteDraft(as(t, ada), blog.WriteDraftInput{Text: blog.Text{Body: "Words"}})

	wantFault(t, err, fault.Invalid)
	if page, err := d.ListDesk(as(t, ada), blog.ListDeskInput{}); err != nil || len(page.Entries) != 0 {
		t.Errorf("the desk has %+v, %v; want nothing", page.Entries, err)
	}
	if told := d.rt.Messages(); len(told) != 0 {
		t.Errorf("told %+v, want nothing", told)
	}
}

// Every use case of the desk asks for an editor before anything else.
func TestDesk_isForEditors(t *testing.T) {
	t.Parallel()
	d := newDesk(inMemory(t))
	article := d.draft(t, "Mulching")
	text := blog.Text{Title: "Other", Body: "Words"}
	seen := struct {
		ID      string
		Version int
	}{article.ID, article.Version}

	for name, use := range map[string]func(user auth.User) error{
		"list":     func(u auth.User) error { _, err := d.ListDesk(as(t, u), blog.ListDeskInput{}); return err },
		"activity": func(u auth.User) error { _, err := d.ListDeskActivity(as(t, u), 1); return err },
		"open":     func(u auth.User) error { _, err := d.OpenArticle(as(t, u), article.ID); return err },
		"write": func(u auth.User) error {
			_, err := d.WriteDraft(as(t, u), blog.WriteDraftInput{Text: text})
			return err
		},
		"preview": func(u auth.User) error { _, err := d.PreviewArticle(as(t, u), text); return err },
		"edit": func(u auth.User) error {
			_, err := d.EditArticle(as(t, u), blog.EditArticleInput{ID: seen.ID, Version: seen.Version, Text: text})
			return err
		},
		"publish": func(u auth.User) error {
			_, err := d.PublishArticle(as(t, u), blog.PublishArticleInput{ID: seen.ID, Version: seen.Version})
			return err
		},
		"unpublish": func(u auth.User) error {
			_, err := d.UnpublishArticle(as(t, u), blog.UnpublishArticleInput(seen))
			return err
		},
		"delete": func(u auth.User) error { return d.DeleteArticle(as(t, u), blog.DeleteArticleInput(seen)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			wantFault(t, use(nobody), fault.Unauthenticated)
			wantFault(t, use(grace), fault.Forbidden)
		})
	}
}
