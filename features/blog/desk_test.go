package blog_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"example.com/pergola/core/app/apptest"
	"example.com/pergola/core/auth"
	"example.com/pergola/core/auth/authtest"
	"example.com/pergola/core/realtime/realtimetest"
	"example.com/pergola/features/blog"
)

const editorForm = "#article-form"

func editPath(article blog.Article) string { return "/desk/articles/" + article.ID + "/edit" }

func TestDesk_admitsOnlyEditors(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	article := s.draft(t, "Mulching")
	form := url.Values{"version": {"1"}, "title": {"Stolen"}, "body": {"Words"}}

	for _, route := range []struct{ method, path string }{
		{"GET", "/desk"}, {"GET", "/desk/articles/new"}, {"GET", editPath(article)},
		{"POST", "/desk/articles"}, {"POST", "/desk/articles/" + article.ID}, {"POST", "/desk/articles/" + article.ID + "/preview"},
		{"POST", "/desk/articles/" + article.ID + "/publish"}, {"POST", "/desk/articles/" + article.ID + "/unpublish"},
		{"POST", "/desk/articles/" + article.ID + "/delete"},
	} {
		visitor, _ := s.request(t, visitor, route.method, route.path, form, nil)
		reader, _ := s.request(t, grace, route.method, route.path, form, nil)

		if route.method == http.MethodGet && (visitor.StatusCode != http.StatusSeeOther || !strings.HasPrefix(visitor.Header.Get("Location"), "/sign-in?next=%2Fdesk")) {
			t.Errorf("GET %s redirects a visitor to %q with %d", route.path, visitor.Header.Get("Location"), visitor.StatusCode)
		}
		if route.method == http.MethodPost && visitor.StatusCode != http.StatusUnauthorized {
			t.Errorf("POST %s by a visitor: status %d", route.path, visitor.StatusCode)
		}
		if reader.StatusCode != http.StatusForbidden {
			t.Errorf("%s %s by a reader: status %d", route.method, route.path, reader.StatusCode)
		}
	}
	if stored, err := s.OpenArticle(authtest.As(t, ada), article.ID); err != nil || stored != article {
		t.Errorf("stored is %+v, %v; want it unchanged", stored, err)
	}
}

func TestDesk_listsDraftsAndPublished(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.publish(t, s.draft(t, "Public"))
	s.draft(t, "Draft")
	editor := s.As(edith)

	apptest.WantText(t, editor.Get("/desk"), "#desk-list tbody th a", "DraftPublic")
	apptest.WantText(t, editor.Get("/desk?state=draft"), "#desk-list tbody th a", "Draft")
	apptest.WantText(t, editor.Get("/desk?state=published"), "#desk-list tbody th a", "Public")
	apptest.WantText(t, editor.Get("/desk?state=published"), "nav [aria-current=page]", "Published")
	apptest.WantStatus(t, editor.Get("/desk?state=lost"), http.StatusUnprocessableEntity)
	apptest.WantStatus(t, editor.Get("/desk?after=lost"), http.StatusUnprocessableEntity)
}

func TestDesk_savesADraftAndKeepsEditing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	editor := s.As(ada)

	saved := editor.Submit(editor.Get("/desk/articles/new"), editorForm, map[string]string{"title": "Mulching", "summary": "Short", "body": "\nLong\n\ntext"})

	apptest.WantStatus(t, saved, http.StatusOK)
	if !strings.HasSuffix(saved.Path, "/edit") {
		t.Fatalf("after saving the editor is at %s", saved.Path)
	}
	apptest.WantText(t, saved, "h1", "Edit “Mulching”")
	apptest.WantAttr(t, saved, "#article-form [name=title]", "value", "Mulching")
	apptest.WantText(t, saved, "#article-form [name=body]", "Long text")
	again := editor.Submit(saved, editorForm, map[string]string{"title": "Mulch"})
	apptest.WantText(t, again, "h1", "Edit “Mulch”")
	apptest.WantText(t, again, "#article-form [name=summary]", "Short")
}

func TestDesk_keepsAnInvalidText(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	editor := s.As(ada)

	rejected := editor.Submit(editor.Get("/desk/articles/new"), editorForm, map[string]string{"title": " ", "body": "My words"})

	apptest.WantStatus(t, rejected, http.StatusUnprocessableEntity)
	apptest.WantText(t, rejected, "#field-title-error", "Enter a title.")
	apptest.WantAttr(t, rejected, "#field-title", "aria-invalid", "true")
	apptest.WantText(t, rejected, "#article-form [name=body]", "My words")
	saved := editor.Submit(rejected, editorForm, map[string]string{"title": "Mulching"})
	apptest.WantText(t, saved, "h1", "Edit “Mulching”")
}

func TestDesk_rejectsInvalidText(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	article := s.draft(t, "Mulching")
	editor := s.As(ada)

	for name, value := range map[string]string{"title": "a\x00b", "summary": "a\xffb", "body": strings.Repeat("ä", blog.MaxBody+1)} {
		rejected := editor.Submit(editor.Get(editPath(article)), editorForm, map[string]string{name: value})

		apptest.WantStatus(t, rejected, http.StatusUnprocessableEntity)
		if rejected.Find("#field-"+name+"-error").Length() != 1 {
			t.Errorf("no error next to %s:\n%s", name, rejected.Find("[role=alert]").Text())
		}
	}
}

func TestDesk_createsOneDraftFromAFormSentTwice(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	editor := s.As(ada)
	form := editor.Get("/desk/articles/new")
	words := map[string]string{"title": "Mulching", "body": "Words"}

	first := editor.Submit(form, editorForm, words)
	second := editor.Submit(form, editorForm, words)
	another := editor.Submit(editor.Get("/desk/articles/new"), editorForm, words)

	if first.Path != second.Path || another.Path == first.Path {
		t.Errorf("drafts are at %s, %s and %s; want the first two at the same path", first.Path, second.Path, another.Path)
	}
}

// The form was sent before, from a duplicate of the tab or before going back.
func TestDesk_savesAnotherTextOfAFormAsAnotherDraft(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	editor := s.As(ada)
	form := editor.Get("/desk/articles/new")
	first := editor.Submit(form, editorForm, map[string]string{"title": "Mulching", "body": "First words"})

	again := editor.Submit(form, editorForm, map[string]string{"title": "Mulching", "body": "Second words"})

	apptest.WantStatus(t, again, http.StatusConflict)
	apptest.WantText(t, again, "#article-form [name=body]", "Second words")
	saved := editor.Submit(again, editorForm, nil)
	apptest.WantText(t, saved, "#article-form [name=body]", "Second words")
	apptest.WantText(t, editor.Get(first.Path), "#article-form [name=body]", "First words")
}

func TestDesk_acceptsARepeatedDeletion(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	editor := s.As(ada)
	draft := s.draft(t, "Mulching")
	form := url.Values{"version": {"1"}}

	editor.Post("/desk/articles/"+draft.ID+"/delete", form)
	again := editor.Post("/desk/articles/"+draft.ID+"/delete", form)

	apptest.WantStatus(t, again, http.StatusOK)
	if again.Path != "/desk" {
		t.Errorf("deleting twice leads to %s", again.Path)
	}
}

func TestDesk_showsBothTextsOfAConflict(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	article := s.draft(t, "Mulching")
	first, second := s.As(ada), s.As(edith)
	firstForm, secondForm := first.Get(editPath(article)), second.Get(editPath(article))
	first.Submit(firstForm, editorForm, map[string]string{"body": "Ada's words"})

	conflict := second.Submit(secondForm, editorForm, map[string]string{"title": "Edith's title", "body": "Edith's words"})

	apptest.WantStatus(t, conflict, http.StatusConflict)
	apptest.WantText(t, conflict, "#other-text-title", "Ada has changed “Mulching” since you opened it.")
	apptest.WantText(t, conflict, "[data-other-text] pre", "Ada's words")
	apptest.WantText(t, conflict, "#article-form [name=body]", "Edith's words")
	apptest.WantAttr(t, conflict, "#article-form [name=title]", "value", "Edith's title")
	saved := second.Submit(conflict, editorForm, nil)
	apptest.WantStatus(t, saved, http.StatusOK)
	apptest.WantText(t, saved, "h1", "Edit “Edith's title”")
}

// Correcting an invalid text must not overwrite what someone else saved.
func TestDesk_detectsAConflictAfterAnInvalidText(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	article := s.draft(t, "Mulching")
	editor := s.As(edith)
	form := editor.Get(editPath(article))
	s.retitle(t, article, "Mulch")

	invalid := editor.Submit(form, editorForm, map[string]string{"title": ""})
	corrected := editor.Submit(invalid, editorForm, map[string]string{"title": "Mine"})

	apptest.WantStatus(t, invalid, http.StatusUnprocessableEntity)
	apptest.WantStatus(t, corrected, http.StatusConflict)
}

func TestDesk_keepsTheTextOfADeletedArticle(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	article := s.draft(t, "Mulching")
	editor := s.As(edith)
	form := editor.Get(editPath(article))
	if err := s.DeleteArticle(authtest.As(t, ada), blog.DeleteArticleInput{ID: article.ID, Version: article.Version}); err != nil {
		t.Fatal(err)
	}

	rejected := editor.Submit(form, editorForm, map[string]string{"body": "Edith's words"})

	apptest.WantStatus(t, rejected, http.StatusNotFound)
	apptest.WantText(t, rejected, "#article-form [name=body]", "Edith's words")
	saved := editor.Submit(rejected, editorForm, nil)
	apptest.WantStatus(t, saved, http.StatusOK)
	apptest.WantText(t, saved, "#article-form [name=body]", "Edith's words")
}

func TestDesk_previewsWithoutScripts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	article := s.draft(t, "Mulching")
	editor := s.As(ada)

	for path, action := range map[string]string{"/desk/articles/new": "/desk/articles/new/preview", editPath(article): "/desk/articles/" + article.ID + "/preview"} {
		form := editor.Get(path)
		apptest.WantAttr(t, form, "#article-form button[formaction$=preview]", "formaction", action)

		page := editor.Post(action, url.Values{"version": {"1"}, "title": {"New title"}, "body": {"*New* words"}})

		apptest.WantStatus(t, page, http.StatusOK)
		apptest.WantText(t, page, "#preview h3", "New title")
		apptest.WantText(t, page, "#preview em", "New")
		apptest.WantText(t, page, "[role=alert]", "")
		apptest.WantAttr(t, page, "#article-form [name=title]", "value", "New title")
		apptest.WantAttr(t, page, "#article-form", "action", strings.TrimSuffix(strings.Replace(action, "/new/preview", "", 1), "/preview"))
	}
	if stored, err := s.OpenArticle(authtest.As(t, ada), article.ID); err != nil || stored != article {
		t.Errorf("the preview changed the article to %+v, %v", stored, err)
	}
}

func TestDesk_previewsNextToTheForm(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	htmx := http.Header{"Hx-Request": {"true"}}

	good, shown := s.request(t, ada, http.MethodPost, "/desk/articles/new/preview", url.Values{"title": {"T"}, "body": {"*New*"}}, htmx)
	bad, message := s.request(t, ada, http.MethodPost, "/desk/articles/new/preview", url.Values{"body": {"*New*"}}, htmx)

	if good.StatusCode != http.StatusOK || fragment(t, shown).Find("em").Length() != 1 || strings.Contains(shown, "<form") {
		t.Errorf("status %d\n%s", good.StatusCode, shown)
	}
	if bad.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(message, "Enter a title") || strings.Contains(message, "<form") {
		t.Errorf("status %d\n%s", bad.StatusCode, message)
	}
}

func TestDesk_publishesAndUnpublishesFromTheList(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.draft(t, "Mulching")
	editor := s.As(edith)

	public := editor.Submit(editor.Get("/desk"), "#desk-list form[action$=publish]", nil)
	apptest.WantStatus(t, public, http.StatusOK)
	apptest.WantText(t, public, "h1", "Mulching")

	draft := editor.Submit(editor.Get("/desk"), "#desk-list form[action$=unpublish]", nil)
	apptest.WantStatus(t, draft, http.StatusOK)
	apptest.WantStatus(t, s.As(visitor).Get(public.Path), http.StatusNotFound)
}

func TestDesk_publishesTheUnsavedText(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	article := s.draft(t, "Mulching")
	editor := s.As(ada)
	action, _ := editor.Get(editPath(article)).Find("#article-form button[formaction$=publish]").Attr("formaction")

	public := editor.Post(action, url.Values{"version": {"1"}, "title": {"Mulch"}, "body": {"Last words"}})

	apptest.WantStatus(t, public, http.StatusOK)
	apptest.WantText(t, public, ".prose", "Last words")
	if public.Path != "/articles/mulch" {
		t.Errorf("after publishing the editor is at %s", public.Path)
	}
}

func TestDesk_keepsTheTextOfARejectedPublication(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	article := s.draft(t, "Mulching")
	s.publish(t, article)
	editor := s.As(edith)

	rejected := editor.Post("/desk/articles/"+article.ID+"/publish", url.Values{"version": {"1"}, "title": {"Mulch"}, "body": {"Edith's words"}})

	apptest.WantStatus(t, rejected, http.StatusConflict)
	apptest.WantText(t, rejected, "#article-form [name=body]", "Edith's words")
	if rejected.Find("[data-other-text]").Length() != 1 {
		t.Error("the other text isn't shown")
	}
}

func TestDesk_rejectsPublishingAStaleVersion(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	article := s.draft(t, "Mulching")
	editor := s.As(edith)
	list := editor.Get("/desk")
	s.retitle(t, article, "Mulch")

	rejected := editor.Submit(list, "#desk-list form[action$=publish]", nil)

	apptest.WantStatus(t, rejected, http.StatusConflict)
}

func TestDesk_confirmsADeletion(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	article := s.draft(t, "Mulching")
	editor := s.As(ada)
	page := editor.Get(editPath(article))

	apptest.WantText(t, page, "dialog#delete-article h2", "Delete “Mulching”?")
	desk := editor.Submit(page, "dialog#delete-article form", nil)

	if desk.Path != "/desk" || desk.Find("#desk-list tbody tr").Length() != 0 {
		t.Errorf("after deleting the editor is at %s, which lists %s", desk.Path, desk.Find("#desk-list tbody").Text())
	}
	apptest.WantStatus(t, editor.Get(editPath(article)), http.StatusNotFound)
}

func TestDesk_returnsTheCurrentStateOfItsLiveRegions(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.publish(t, s.draft(t, "Public"))
	s.draft(t, "Draft")
	page := s.As(ada).Get("/desk?state=draft")

	_, activity := s.request(t, ada, http.MethodGet, page.Find("#desk-activity").AttrOr("data-live-refresh", ""), nil, nil)
	_, list := s.request(t, ada, http.MethodGet, page.Find("#desk-list").AttrOr("data-live-refresh", ""), nil, nil)

	apptest.WantText(t, fragment(t, activity), "li[data-key] a", "Ada drafted “Draft”Ada published “Public”")
	apptest.WantText(t, fragment(t, list), "tbody th a", "Draft")
	template := page.Find("#desk-activity template li")
	for _, field := range []string{"actorName", "action", "title"} {
		if template.Find("[data-live-text="+field+"]").Length() != 1 {
			t.Errorf("the template has no %s", field)
		}
	}
}

func TestDesk_receivesWhatOthersDo(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	socket := s.Socket(edith)
	socket.MustSubscribe("blog.desk")
	editor := s.As(ada)

	form := editor.Get("/desk/articles/new")
	edit := editor.Submit(form, editorForm, map[string]string{"title": "Live", "body": "Words"})
	editor.Submit(edit, editorForm, map[string]string{"body": "More words"})
	editor.Submit(editor.Get("/desk"), "#desk-list form[action$=publish]", nil)
	s.Drain()

	for _, want := range []blog.Action{blog.ActionDrafted, blog.ActionEdited, blog.ActionPublished} {
		if received := realtimetest.Next(socket, blog.DeskChannel); received.Payload.Action != want || received.Payload.ActorName != "Ada" {
			t.Errorf("received %+v, want that Ada %s it", received.Payload, want)
		}
	}
}

func TestDesk_rejectsSubscriptionsByReaders(t *testing.T) {
	t.Parallel()
	s := newSite(t)

	for _, user := range []auth.User{visitor, grace} {
		if err := s.Socket(user).Subscribe("blog.desk"); err == nil {
			t.Errorf("%q subscribed to the desk", user.Name)
		}
	}
}

func TestDesk_labelsEveryControlAndField(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	article := s.publish(t, s.draft(t, "Mulching"))
	editor := s.As(ada)

	for _, path := range []string{"/desk", "/desk/articles/new", editPath(article), "/articles/mulching", "/"} {
		page := editor.Get(path)
		if got := page.Find("h1").Length(); got != 1 {
			t.Errorf("%s has %d h1 elements", path, got)
		}
		page.Find("button, a").Each(func(_ int, control *goquery.Selection) {
			if strings.TrimSpace(control.Text()) == "" && control.AttrOr("aria-label", "") == "" && control.Closest("template").Length() == 0 {
				t.Errorf("%s has a control without a name", path)
			}
		})
		page.Find("input:not([type=hidden]), textarea").Each(func(_ int, field *goquery.Selection) {
			if page.Find("label[for='"+field.AttrOr("id", "")+"']").Length() != 1 {
				t.Errorf("%s has a field %s without a label", path, field.AttrOr("name", ""))
			}
		})
	}
}
