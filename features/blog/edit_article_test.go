package blog_test

import (
	"errors"
	"testing"

	"github.com/google/uuid"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/realtime/realtimetest"
	"example.com/pergola/features/blog"
)

func TestEditArticle_storesTheNewText(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		d := newDesk(s)
		draft := d.draft(t, "Mulching")

		edited, err := d.EditArticle(as(t, edith), blog.EditArticleInput{
			ID: draft.ID, Version: 1, Text: blog.Text{Title: "Mulching", Summary: "Short", Body: "Long"},
		})

		stored, openErr := d.OpenArticle(as(t, ada), draft.ID)
		if err := errors.Join(err, openErr); err != nil || stored != edited {
			t.Fatalf("edited\n%+v, stored\n%+v, %v", edited, stored, err)
		}
		if edited.Version != 2 || edited.Body != "Long" || edited.Excerpt != "Short" || edited.AuthorName != "Ada" || edited.LastChange.ByName != "Edith" {
			t.Errorf("edited is %+v", edited)
		}
		told := realtimetest.Broadcasts(d.rt, blog.DeskChannel)
		if last := told[len(told)-1]; last.Action != blog.ActionEdited || last.ActorName != "Edith" || last.ID != draft.ID+".2" {
			t.Errorf("the desk was told %+v", last)
		}
	})
}

func TestEditArticle_refusesAVersionThatIsNoLongerStored(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		d := newDesk(s)
		draft := d.draft(t, "Mulching")
		edited := d.retitle(t, draft, "Mulch")

		_, err := d.EditArticle(as(t, edith), blog.EditArticleInput{ID: draft.ID, Version: draft.Version, Text: blog.Text{Title: "Mine"}})

		wantFault(t, err, fault.Conflict)
		if got := fault.Message(err); got != "Ada changed “Mulch” in the meantime." {
			t.Errorf("the message is %q", got)
		}
		if stored, _ := d.OpenArticle(as(t, ada), draft.ID); stored != edited {
			t.Errorf("stored is %+v, want what was there", stored)
		}
	})
}

func TestEditArticle_letsOneOfManyAtOnceWin(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		d := newDesk(s)
		draft := d.draft(t, "Mulching")

		won := atOnce(t, 6, func(n int) error {
			title := "Mulching " + string(rune('a'+n))
			_, err := d.EditArticle(as(t, edith), blog.EditArticleInput{ID: draft.ID, Version: draft.Version, Text: blog.Text{Title: title}})
			return err
		})

		stored, err := d.OpenArticle(as(t, ada), draft.ID)
		if err != nil || won != 1 || stored.Version != 2 {
			t.Errorf("%d of 6 saves of one version succeeded, and version %d is stored, %v; want one, and version 2", won, stored.Version, err)
		}
		if told := realtimetest.Broadcasts(d.rt, blog.DeskChannel); len(told) != 2 {
			t.Errorf("the desk was told of %d changes, want the draft and one edit", len(told))
		}
	})
}

// atOnce runs n attempts at the same time and counts those that succeed. The
// others must fail with fault.Conflict.
func atOnce(t *testing.T, n int, attempt func(n int) error) (succeeded int) {
	t.Helper()
	start, outcomes := make(chan struct{}), make(chan error, n)
	for i := range n {
		go func() {
			<-start
			outcomes <- attempt(i)
		}()
	}
	close(start)
	for range n {
		switch err := <-outcomes; fault.KindOf(err) {
		case "":
			succeeded++
		case fault.Conflict:
		default:
			t.Errorf("an attempt failed with %v, want success or fault.Conflict", err)
		}
	}
	return succeeded
}

func TestEditArticle_missesWhatIsNotThere(t *testing.T) {
	t.Parallel()
	d := newDesk(inMemory(t))

	_, err := d.EditArticle(as(t, ada), blog.EditArticleInput{ID: uuid.NewString(), Version: 1, Text: blog.Text{Title: "T"}})

	wantFault(t, err, fault.NotFound)
}

func TestEditArticle_namesTheFieldsThatBreakTheRules(t *testing.T) {
	t.Parallel()
	d := newDesk(inMemory(t))
	draft := d.draft(t, "Mulching")

	_, err := d.EditArticle(as(t, ada), blog.EditArticleInput{ID: draft.ID, Version: 1, Text: blog.Text{Title: "\x00"}})

	wantFault(t, err, fault.Invalid)
	if fields := fault.Fields(err); len(fields) != 1 || fields[0].Name != "title" {
		t.Errorf("fields are %+v, want the title", fields)
	}
}
