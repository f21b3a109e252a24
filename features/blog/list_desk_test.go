package blog_test

import (
	"fmt"
	"testing"

	"example.com/pergola/core/fault"
	"example.com/pergola/features/blog"
)

func TestListDesk_goesThroughAllPages(t *testing.T) {
	t.Parallel()
	d := newDesk(inMemory(t))
	for i := range blog.EntriesPerPage + 1 {
		d.draft(t, fmt.Sprintf("Draft %d", i))
	}
	d.publish(t, d.draft(t, "Public"))

	first, firstErr := d.ListDesk(as(t, ada), blog.ListDeskInput{State: blog.StateDraft})
	second, secondErr := d.ListDesk(as(t, ada), blog.ListDeskInput{State: blog.StateDraft, After: first.Next})

	if firstErr != nil || len(first.Entries) != blog.EntriesPerPage || first.Entries[0].Title != fmt.Sprintf("Draft %d", blog.EntriesPerPage) {
		t.Errorf("the first page has %d entries, %v", len(first.Entries), firstErr)
	}
	if secondErr != nil || len(second.Entries) != 1 || second.Entries[0].Title != "Draft 0" || second.Next != "" {
		t.Errorf("the second page is %+v, %v", second, secondErr)
	}
}

func TestListDesk_refusesWhatIsNoStateOrPlace(t *testing.T) {
	t.Parallel()
	d := newDesk(inMemory(t))

	_, stateErr := d.ListDesk(as(t, ada), blog.ListDeskInput{State: "lost"})
	_, afterErr := d.ListDesk(as(t, ada), blog.ListDeskInput{After: "lost"})

	wantFault(t, stateErr, fault.Invalid)
	wantFault(t, afterErr, fault.Invalid)
}

func TestListDeskActivity_isTheLastChangeOfEachArticle(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		d := newDesk(s)
		d.draft(t, "Forgotten")
		public := d.publish(t, d.draft(t, "Public"))
		edited := d.retitle(t, d.draft(t, "Draft"), "Edited")

		got, err := d.ListDeskActivity(as(t, ada), 2)

		want := []blog.DeskActivity{
			{ID: edited.ID + ".2", ActorName: "Ada", Action: blog.ActionEdited, Title: "Edited", URL: "/desk/articles/" + edited.ID + "/edit", At: edited.LastChange.At},
			{ID: public.ID + ".2", ActorName: "Ada", Action: blog.ActionPublished, Title: "Public", URL: "/desk/articles/" + public.ID + "/edit", At: public.PublishedAt},
		}
		if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("the activity is\n%+v, %v; want\n%+v", got, err, want)
		}
	})
}
