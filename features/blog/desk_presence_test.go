package blog_test

import (
	"errors"
	"net/http"
	"testing"

	"example.com/pergola/core/app/apptest"
	"example.com/pergola/core/auth"
	"example.com/pergola/core/auth/authtest"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/fault/faulttest"
	"example.com/pergola/core/realtime"
	"example.com/pergola/core/realtime/realtimetest"
	"example.com/pergola/features/blog"
)

// opens opens a tab of the desk with this article, or none.
func (s *site) opens(t testing.TB, editor auth.User, articleID string) *realtimetest.Client {
	t.Helper()
	tab := s.Socket(editor)
	tab.MustSubscribe("blog.desk.editors")
	if err := tab.Emit("blog.desk.working", blog.DeskWorking{ArticleID: articleID}); err != nil {
		t.Fatalf("report %s at the desk: %v", editor.Name, err)
	}
	return tab
}

// wantDesk waits until the tab receives editors that match.
func wantDesk(t testing.TB, tab *realtimetest.Client, match func(blog.DeskEditors) bool) blog.DeskEditors {
	t.Helper()
	for {
		if desk := realtimetest.Next(tab, blog.DeskEditorsChannel).Payload; match(desk) {
			return desk
		}
	}
}

func TestDesk_showsWhoIsOnlineAndWhatTheyEdit(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	mulching, pruning := s.draft(t, "Mulching"), s.draft(t, "Pruning <hard>")
	watcher := s.opens(t, edith, "")

	s.opens(t, ada, pruning.ID)
	s.opens(t, ada, mulching.ID)
	s.opens(t, ada, mulching.ID)
	desk := wantDesk(t, watcher, func(d blog.DeskEditors) bool { return len(d.Editors) == 2 && len(d.Editors[0].Open) == 2 })

	if a, e := desk.Editors[0], desk.Editors[1]; a.Name != "Ada" || a.Open[0].Title != "Mulching" || e.Name != "Edith" || len(e.Open) != 0 {
		t.Errorf("received %+v", desk)
	}
	page := s.As(edith).Get("/desk")
	apptest.WantText(t, page, "#desk-editors li[data-editor='"+ada.ID+"'] p", "Ada Editing Mulching Editing Pruning <hard>")
	apptest.WantAttr(t, page, "#desk-editors li[data-editor='"+ada.ID+"'] a", "href", "/desk/articles/"+mulching.ID+"/edit")
	apptest.WantText(t, page, "#desk-editors li[data-editor='"+edith.ID+"'] p", "Edith (you)")
	if page.Find("[data-shared]").Length() != 0 {
		t.Error("the desk warns although no article is shared")
	}
	apptest.WantAttr(t, page, "#desk-editors", "data-live-send", "blog.desk.working")
	apptest.WantAttr(t, page, "#desk-editors", "data-live-payload", "{}")
}

func TestEditor_warnsUntilTheOtherEditorLeaves(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	draft := s.draft(t, "Mulching")
	path := "/desk/articles/" + draft.ID + "/edit"
	first, second := s.opens(t, ada, draft.ID), s.opens(t, edith, draft.ID)
	shared := func(d blog.DeskEditors) bool { return len(d.Others(draft.ID, "")) == 2 }
	wantDesk(t, first, shared)
	wantDesk(t, second, shared)

	apptest.WantText(t, s.As(ada).Get(path), "#other-editors strong", "Edith has this article open too.")
	apptest.WantText(t, s.As(edith).Get(path+"?fragment=others"), "strong", "Ada has this article open too.")
	apptest.WantText(t, s.As(ada).Get("/desk"), "#desk-editors li[data-editor='"+ada.ID+"'] [data-shared]", "Edith has it open too.")
	apptest.WantAttr(t, s.As(ada).Get(path), "#other-editors", "data-live-payload", `{"articleId":"`+draft.ID+`"}`)

	second.Close()
	wantDesk(t, first, func(d blog.DeskEditors) bool { return len(d.Others(draft.ID, "")) == 1 })

	if text := s.As(ada).Get(path).Find("#other-editors strong").Text(); text != "" {
		t.Errorf("Edith has left, but the page warns: %s", text)
	}
	answer, body := s.request(t, ada, http.MethodGet, path+"?fragment=others", nil, nil)
	if answer.StatusCode != http.StatusOK || body != "" {
		t.Errorf("alone: %d %q, want 200 and nothing", answer.StatusCode, body)
	}
}

func TestDesk_removesAnEditorWhoLosesTheRole(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	watcher := s.opens(t, edith, "")
	tab := s.opens(t, ada, "")
	wantDesk(t, watcher, func(d blog.DeskEditors) bool { return len(d.Editors) == 2 })

	s.Hub.RolesChanged(t.Context(), ada.ID, []string{auth.RoleReader})

	wantDesk(t, watcher, func(d blog.DeskEditors) bool { return len(d.Editors) == 1 && d.Editors[0].Name == "Edith" })
	tab.WaitUnsubscribed("blog.desk.editors")
}

func TestDeskPresence_requiresAnEditor(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	draft := s.draft(t, "Mulching")
	for user, want := range map[*auth.User]fault.Kind{&visitor: fault.Unauthenticated, &grace: fault.Forbidden} {
		tab := s.Socket(*user)
		if err := tab.Emit("blog.desk.working", blog.DeskWorking{ArticleID: draft.ID}); !errors.Is(err, want) {
			t.Errorf("%q is tracked at the desk: %v, want %s", user.Name, err, want)
		}
		if err := tab.Subscribe("blog.desk.editors"); !errors.Is(err, want) {
			t.Errorf("%q subscribed to the desk: %v, want %s", user.Name, err, want)
		}
		_, err := s.ListDeskEditors(authtest.As(t, *user))
		faulttest.Want(t, err, want)
	}
	if err := s.Socket(ada).Emit("blog.desk.working", blog.DeskWorking{ArticleID: "01900000-0000-7000-8000-0000000000ff"}); !errors.Is(err, fault.NotFound) {
		t.Errorf("a missing article is open: %v", err)
	}
}

func TestDeskWorking_tracksEachTabOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	draft := f.draft(t, "Mulching")
	caller := realtime.Caller{UserID: ada.ID, Name: "Ada", SessionID: "s1", SocketID: "tab", Roles: []string{auth.RoleEditor}}

	for _, working := range []blog.DeskWorking{{}, {ArticleID: draft.ID}} {
		if err := realtimetest.Send(t, f.Manifest(), blog.DeskWorkingChannel, working, caller); err != nil {
			t.Fatal(err)
		}
	}

	here := blog.DeskPresence.List(f.rt)
	if len(here) != 1 || here[0].Name != "Ada" || len(here[0].Connections) != 1 || here[0].Connections[0].Title != "Mulching" {
		t.Errorf("at the desk: %+v", here)
	}
	editors, err := f.ListDeskEditors(authtest.As(t, edith))
	if names := editors.Others(draft.ID, edith.ID); err != nil || len(names) != 1 || names[0] != "Ada" {
		t.Errorf("others with the draft open: %v, %v; want Ada", names, err)
	}
}
