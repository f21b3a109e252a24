package blog_test

import (
	"errors"
	"testing"

	"github.com/google/uuid"

	"example.com/pergola/core/auth/authtest"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/fault/faulttest"
	"example.com/pergola/core/realtime/realtimetest"
	"example.com/pergola/features/blog"
)

func TestEditArticle_storesTheNewText(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	draft := f.draft(t, "Mulching")

	edited, err := f.EditArticle(authtest.As(t, edith), blog.EditArticleInput{
		ID: draft.ID, Version: 1, Text: blog.Text{Title: "Mulching", Summary: "Short", Body: "Long"},
	})

	stored, openErr := f.OpenArticle(authtest.As(t, ada), draft.ID)
	if err := errors.Join(err, openErr); err != nil || stored != edited {
		t.Fatalf("edited\n%+v, stored\n%+v, %v", edited, stored, err)
	}
	if edited.Version != 2 || edited.Body != "Long" || edited.Excerpt != "Short" || edited.AuthorName != "Ada" || edited.LastChange.ByName != "Edith" {
		t.Errorf("edited is %+v", edited)
	}
	sent := realtimetest.Broadcasts(f.rt, blog.DeskChannel)
	if last := sent[len(sent)-1]; last.Action != blog.ActionEdited || last.ActorName != "Edith" || last.ID != draft.ID+".2" {
		t.Errorf("the desk received %+v", last)
	}
}

func TestEditArticle_rejectsAStaleVersion(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	draft := f.draft(t, "Mulching")
	edited := f.retitle(t, draft, "Mulch")

	_, err := f.EditArticle(authtest.As(t, edith), blog.EditArticleInput{ID: draft.ID, Version: draft.Version, Text: blog.Text{Title: "Mine"}})

	faulttest.Want(t, err, fault.Conflict)
	if got := fault.Message(err); got != "Ada has changed “Mulch” since you opened it." {
		t.Errorf("message is %q", got)
	}
	if stored, _ := f.OpenArticle(authtest.As(t, ada), draft.ID); stored != edited {
		t.Errorf("stored is %+v, want it unchanged", stored)
	}
}

func TestEditArticle_acceptsOneOfManyConcurrentEdits(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	draft := f.draft(t, "Mulching")

	succeeded := concurrently(t, 6, func(n int) error {
		title := "Mulching " + string(rune('a'+n))
		_, err := f.EditArticle(authtest.As(t, edith), blog.EditArticleInput{ID: draft.ID, Version: draft.Version, Text: blog.Text{Title: title}})
		return err
	})

	stored, err := f.OpenArticle(authtest.As(t, ada), draft.ID)
	if err != nil || succeeded != 1 || stored.Version != 2 {
		t.Errorf("%d of 6 saves of one version succeeded, and version %d is stored, %v; want one, and version 2", succeeded, stored.Version, err)
	}
	if sent := realtimetest.Broadcasts(f.rt, blog.DeskChannel); len(sent) != 2 {
		t.Errorf("the desk received %d activities, want the draft and one edit", len(sent))
	}
}

// concurrently runs n attempts at the same time and counts those that succeed.
// The others must fail with fault.Conflict.
func concurrently(t *testing.T, n int, attempt func(n int) error) (succeeded int) {
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
			t.Errorf("attempt failed with %v, want success or fault.Conflict", err)
		}
	}
	return succeeded
}

func TestEditArticle_failsForAMissingArticle(t *testing.T) {
	t.Parallel()
	f := newFixture(t)

	_, err := f.EditArticle(authtest.As(t, ada), blog.EditArticleInput{ID: uuid.NewString(), Version: 1, Text: blog.Text{Title: "T"}})

	faulttest.Want(t, err, fault.NotFound)
}

func TestEditArticle_namesInvalidFields(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	draft := f.draft(t, "Mulching")

	_, err := f.EditArticle(authtest.As(t, ada), blog.EditArticleInput{ID: draft.ID, Version: 1, Text: blog.Text{Title: "\x00"}})

	faulttest.Want(t, err, fault.Invalid)
	if fields := fault.Fields(err); len(fields) != 1 || fields[0].Name != "title" {
		t.Errorf("invalid fields are %+v, want the title", fields)
	}
}
