package blog_test

import (
	"fmt"
	"testing"

	"example.com/pergola/core/auth/authtest"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/fault/faulttest"
	"example.com/pergola/features/blog"
)

func TestListDesk_pagesThroughEverything(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for i := range blog.EntriesPerPage + 1 {
		f.draft(t, fmt.Sprintf("Draft %d", i))
	}
	f.publish(t, f.draft(t, "Public"))

	first, firstErr := f.ListDesk(authtest.As(t, ada), blog.ListDeskInput{State: blog.StateDraft})
	second, secondErr := f.ListDesk(authtest.As(t, ada), blog.ListDeskInput{State: blog.StateDraft, After: first.Next})

	if firstErr != nil || len(first.Entries) != blog.EntriesPerPage || first.Entries[0].Title != fmt.Sprintf("Draft %d", blog.EntriesPerPage) {
		t.Errorf("the first page has %d entries, %v", len(first.Entries), firstErr)
	}
	if secondErr != nil || len(second.Entries) != 1 || second.Entries[0].Title != "Draft 0" || second.Next != "" {
		t.Errorf("the second page is %+v, %v", second, secondErr)
	}
}

func TestListDesk_rejectsAnUnknownStateOrCursor(t *testing.T) {
	t.Parallel()
	f := newFixture(t)

	_, stateErr := f.ListDesk(authtest.As(t, ada), blog.ListDeskInput{State: "lost"})
	_, afterErr := f.ListDesk(authtest.As(t, ada), blog.ListDeskInput{After: "lost"})

	faulttest.Want(t, stateErr, fault.Invalid)
	faulttest.Want(t, afterErr, fault.Invalid)
}

func TestListDeskActivity_returnsTheLastChangeOfEachArticle(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.draft(t, "Forgotten")
	public := f.publish(t, f.draft(t, "Public"))
	edited := f.retitle(t, f.draft(t, "Draft"), "Edited")

	got, err := f.ListDeskActivity(authtest.As(t, ada), 2)

	want := []blog.DeskActivity{
		{ID: edited.ID + ".2", ActorName: "Ada", Action: blog.ActionEdited, Title: "Edited", URL: "/desk/articles/" + edited.ID + "/edit", At: edited.LastChange.At},
		{ID: public.ID + ".2", ActorName: "Ada", Action: blog.ActionPublished, Title: "Public", URL: "/desk/articles/" + public.ID + "/edit", At: public.PublishedAt},
	}
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("activity is\n%+v, %v; want\n%+v", got, err, want)
	}
}
