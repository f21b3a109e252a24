package blog_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/realtime/realtimetest"
	"example.com/pergola/features/blog"
)

const editorForm = "#article-form"

func editPath(article blog.Article) string { return "/desk/articles/" + article.ID + "/edit" }

func TestDesk_letsEditorsInOnly(t *testing.T) {
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
		visitor, _ := s.request(t, nobody, route.method, route.path, form, nil)
		reader, _ := s.request(t, grace, route.method, route.path, form, nil)

		if route.method == http.MethodGet && (visitor.StatusCode != http.StatusSeeOther || !strings.HasPrefix(visitor.Header.Get("Location"), "/sign-in?next=%2Fdesk")) {
			t.Errorf("GET %s sends a visitor to %q with %d", route.path, visitor.Header.Get("Location"), visitor.StatusCode)
		}
		if route.method == http.MethodPost && visitor.StatusCode != http.StatusUnauthorized {
			t.Errorf("POST %s answers a visitor %d", route.path, visitor.StatusCode)
		}
		if reader.StatusCode != http.StatusForbidden {
			t.Errorf("%s %s answers a reader %d", route.method, route.path, reader.StatusCode)
		}
	}
	if stored, err := s.OpenArticle(as(t, ada), article.ID); err != nil || stored != article {
		t.Errorf("stored is %+v, %v; want it untouched", stored, err)
	}
}

func TestDesk_listsDraftsAndPublished(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.publish(t, s.draft(t, "Public"))
	s.draft(t, "Draft")
	editor := s.As(edith)

	wantText(t, editor.Get("/desk"), "#desk-list tbody th a", "DraftPublic")
	wantText(t, editor.Get("/desk?state=draft"), "#desk-list tbody th a", "Draft")
	wantText(t, editor.Get("/desk?state=published"), "#desk-list tbody th a", "Public")
	wantText(t, editor.Get("/desk?state=published"), "nav [aria-current=page]", "Published")
	wantStatus(t, editor.Get("/desk?state=lost"), http.StatusUnprocessableEntity)
	wantStatus(t, editor.Get("/desk?after=lost"), http.StatusUnprocessableEntity)
}

func TestDesk_writesADraftAndGoesOnEditing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	editor := s.As(ada)

	saved := editor.Submit(editor.Get("/desk/articles/new"), editorForm, map[string]string{"title": "Mulching", "summary": "Short", "body": "\nLong\n\ntext"})

	wantStatus(t, saved, http.StatusOK)
	if !strings.HasSuffix(saved.Path, "/edit") {
		t.Fatalf("after saving the editor is at %s", saved.Path)
	}
	wantText(t, saved, "h1", "Edit “Mulching”")
	wantAttr(t, saved, "#article-form [name=title]", "value", "Mulching")
	wantText(t, saved, "#article-form [name=body]", "Long text")
	again := editor.Submit(saved, editorForm, map[string]string{"title": "Mulch"})
	wantText(t, again, "h1", "Edit “Mulch”")
	wantText(t, again, "#article-form [name=summary]", "Short")
}

func TestDesk_keepsATextThatBreaksTheRules(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	editor := s.As(ada)

	refused := editor.Submit(editor.Get("/desk/articles/new"), editorForm, map[string]string{"title": " ", "body": "My words"})

	wantStatus(t, refused, http.StatusUnprocessableEntity)
	wantText(t, refused, "#field-title-error", "An article needs a title.")
	wantAttr(t, refused, "#field-title", "aria-invalid", "true")
	wantText(t, refused, "#article-form [name=body]", "My words")
	saved := editor.Submit(refused, editorForm, map[string]string{"title": "Mulching"})
	wantText(t, saved, "h1", "Edit “Mulching”")
}

func TestDesk_refusesWhatIsNoText(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	article := s.draft(t, "Mulching")
	editor := s.As(ada)

	for name, value := range map[string]string{"title": "a\x00b", "summary": "a\xffb", "body": strings.Repeat("ä", blog.MaxBody+1)} {
		refused := editor.Submit(editor.Get(editPath(article)), editorForm, map[string]string{name: value})

		wantStatus(t, refused, http.StatusUnprocessableEntity)
		if refused.Find("#field-"+name+"-error").Length() != 1 {
			t.Errorf("nothing is said beside %s:\n%s", name, refused.Find("[role=alert]").Text())
		}
	}
}

func TestDesk_makesOneDraftOfAFormThatIsSentTwice(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	editor := s.As(ada)
	form := editor.Get("/desk/articles/new")
	words := map[string]string{"title": "Mulching", "body": "Words"}

	first := editor.Submit(form, editorForm, words)
	second := editor.Submit(form, editorForm, words)
	another := editor.Submit(editor.Get("/desk/articles/new"), editorForm, words)

	if first.Path != second.Path || another.Path == first.Path {
		t.Errorf("the drafts are at %s, %s and %s; want the first two at one address", first.Path, second.Path, another.Path)
	}
}

// Back from the draft to the form that began it, and on with writing.
func TestDesk_showsBothTextsWhenAFormIsSentAgainWithOtherWords(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	editor := s.As(ada)
	form := editor.Get("/desk/articles/new")
	editor.Submit(form, editorForm, map[string]string{"title": "Mulching", "body": "First words"})

	again := editor.Submit(form, editorForm, map[string]string{"title": "Mulching", "body": "Second words"})

	wantStatus(t, again, http.StatusConflict)
	wantText(t, again, "[data-other-text] pre", "First words")
	wantText(t, again, "#article-form [name=body]", "Second words")
	saved := editor.Submit(again, editorForm, nil)
	wantText(t, saved, "#article-form [name=body]", "Second words")
	if n := editor.Get("/desk").Find("#desk-list tbody tr").Length(); n != 1 {
		t.Errorf("the desk lists %d articles, want one", n)
	}
}

func TestDesk_deletesWhatIsGoneAlready(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	editor := s.As(ada)
	draft := s.draft(t, "Mulching")
	form := url.Values{"version": {"1"}}

	editor.Post("/desk/articles/"+draft.ID+"/delete", form)
	again := editor.Post("/desk/articles/"+draft.ID+"/delete", form)

	wantStatus(t, again, http.StatusOK)
	if again.Path != "/desk" {
		t.Errorf("deleting twice leads to %s", again.Path)
	}
}

// Neither of two texts is lost when two editors save at the same version.
func TestDesk_showsBothTextsOfAConflict(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	article := s.draft(t, "Mulching")
	first, second := s.As(ada), s.As(edith)
	firstForm, secondForm := first.Get(editPath(article)), second.Get(editPath(article))
	first.Submit(firstForm, editorForm, map[string]string{"body": "Ada's words"})

	conflict := second.Submit(secondForm, editorForm, map[string]string{"title": "Edith's title", "body": "Edith's words"})

	wantStatus(t, conflict, http.StatusConflict)
	wantText(t, conflict, "#other-text-title", "Ada changed “Mulching” in the meantime.")
	wantText(t, conflict, "[data-other-text] pre", "Ada's words")
	wantText(t, conflict, "#article-form [name=body]", "Edith's words")
	wantAttr(t, conflict, "#article-form [name=title]", "value", "Edith's title")
	saved := second.Submit(conflict, editorForm, nil)
	wantStatus(t, saved, http.StatusOK)
	wantText(t, saved, "h1", "Edit “Edith's title”")
}

// A mistake in a stale text must not open the way over the other's words.
func TestDesk_findsAConflictBehindAMistake(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	article := s.draft(t, "Mulching")
	editor := s.As(edith)
	form := editor.Get(editPath(article))
	s.retitle(t, article, "Mulch")

	mistake := editor.Submit(form, editorForm, map[string]string{"title": ""})
	mended := editor.Submit(mistake, editorForm, map[string]string{"title": "Mine"})

	wantStatus(t, mistake, http.StatusUnprocessableEntity)
	wantStatus(t, mended, http.StatusConflict)
}

func TestDesk_keepsTheWordsOfAnArticleThatWasDeleted(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	article := s.draft(t, "Mulching")
	editor := s.As(edith)
	form := editor.Get(editPath(article))
	if err := s.DeleteArticle(as(t, ada), blog.DeleteArticleInput{ID: article.ID, Version: article.Version}); err != nil {
		t.Fatal(err)
	}

	refused := editor.Submit(form, editorForm, map[string]string{"body": "Edith's words"})

	wantStatus(t, refused, http.StatusNotFound)
	wantText(t, refused, "#article-form [name=body]", "Edith's words")
	saved := editor.Submit(refused, editorForm, nil)
	wantStatus(t, saved, http.StatusOK)
	wantText(t, saved, "#article-form [name=body]", "Edith's words")
}

func TestDesk_previewsWithoutScripts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	article := s.draft(t, "Mulching")
	editor := s.As(ada)

	for path, action := range map[string]string{"/desk/articles/new": "/desk/articles/new/preview", editPath(article): "/desk/articles/" + article.ID + "/preview"} {
		form := editor.Get(path)
		wantAttr(t, form, "#article-form button[formaction$=preview]", "formaction", action)

		page := editor.Post(action, url.Values{"version": {"1"}, "title": {"New title"}, "body": {"*New* words"}})

		wantStatus(t, page, http.StatusOK)
		wantText(t, page, "#preview h3", "New title")
		wantText(t, page, "#preview em", "New")
		wantText(t, page, "[role=alert]", "")
		wantAttr(t, page, "#article-form [name=title]", "value", "New title")
		wantAttr(t, page, "#article-form", "action", strings.TrimSuffix(strings.Replace(action, "/new/preview", "", 1), "/preview"))
	}
	if stored, err := s.OpenArticle(as(t, ada), article.ID); err != nil || stored != article {
		t.Errorf("the preview changed the article to %+v, %v", stored, err)
	}
}

func TestDesk_previewsBesideTheForm(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	htmx := http.Header{"Hx-Request": {"true"}}

	good, shown := s.request(t, ada, http.MethodPost, "/desk/articles/new/preview", url.Values{"title": {"T"}, "body": {"*New*"}}, htmx)
	bad, complaint := s.request(t, ada, http.MethodPost, "/desk/articles/new/preview", url.Values{"body": {"*New*"}}, htmx)

	if good.StatusCode != http.StatusOK || fragment(t, shown).Find("em").Length() != 1 || strings.Contains(shown, "<form") {
		t.Errorf("answered %d with\n%s", good.StatusCode, shown)
	}
	if bad.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(complaint, "needs a title") || strings.Contains(complaint, "<form") {
		t.Errorf("answered %d with\n%s", bad.StatusCode, complaint)
	}
}

func TestDesk_publishesFromTheListAndWithdraws(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.draft(t, "Mulching")
	editor := s.As(edith)

	public := editor.Submit(editor.Get("/desk"), "#desk-list form[action$=publish]", nil)
	wantStatus(t, public, http.StatusOK)
	wantText(t, public, "h1", "Mulching")

	draft := editor.Submit(editor.Get("/desk"), "#desk-list form[action$=unpublish]", nil)
	wantStatus(t, draft, http.StatusOK)
	wantStatus(t, s.As(nobody).Get(public.Path), http.StatusNotFound)
}

func TestDesk_publishesWhatStandsInTheForm(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	article := s.draft(t, "Mulching")
	editor := s.As(ada)
	action, _ := editor.Get(editPath(article)).Find("#article-form button[formaction$=publish]").Attr("formaction")

	public := editor.Post(action, url.Values{"version": {"1"}, "title": {"Mulch"}, "body": {"Last words"}})

	wantStatus(t, public, http.StatusOK)
	wantText(t, public, ".prose", "Last words")
	if public.Path != "/articles/mulch" {
		t.Errorf("after publishing the editor is at %s", public.Path)
	}
}

func TestDesk_keepsTheWordsOfWhoWantedToPublishThem(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	article := s.draft(t, "Mulching")
	s.publish(t, article)
	editor := s.As(edith)

	refused := editor.Post("/desk/articles/"+article.ID+"/publish", url.Values{"version": {"1"}, "title": {"Mulch"}, "body": {"Edith's words"}})

	wantStatus(t, refused, http.StatusConflict)
	wantText(t, refused, "#article-form [name=body]", "Edith's words")
	if refused.Find("[data-other-text]").Length() != 1 {
		t.Error("the other text is not shown")
	}
}

func TestDesk_refusesToPublishWhatTheEditorHasNotSeen(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	article := s.draft(t, "Mulching")
	editor := s.As(edith)
	list := editor.Get("/desk")
	s.retitle(t, article, "Mulch")

	refused := editor.Submit(list, "#desk-list form[action$=publish]", nil)

	wantStatus(t, refused, http.StatusConflict)
}

func TestDesk_deletesOnceItIsConfirmed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	article := s.draft(t, "Mulching")
	editor := s.As(ada)
	page := editor.Get(editPath(article))

	wantText(t, page, "dialog#delete-article h2", "Delete “Mulching”?")
	desk := editor.Submit(page, "dialog#delete-article form", nil)

	if desk.Path != "/desk" || desk.Find("#desk-list tbody tr").Length() != 0 {
		t.Errorf("after deleting the editor is at %s, which lists %s", desk.Path, desk.Find("#desk-list tbody").Text())
	}
	wantStatus(t, editor.Get(editPath(article)), http.StatusNotFound)
}

func TestDesk_answersThePresentStateOfItsLiveRegions(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.publish(t, s.draft(t, "Public"))
	s.draft(t, "Draft")
	page := s.As(ada).Get("/desk?state=draft")

	_, activity := s.request(t, ada, http.MethodGet, page.Find("#desk-activity").AttrOr("data-live-refresh", ""), nil, nil)
	_, list := s.request(t, ada, http.MethodGet, page.Find("#desk-list").AttrOr("data-live-refresh", ""), nil, nil)

	wantText(t, fragment(t, activity), "li[data-key] a", "Ada drafted “Draft”Ada published “Public”")
	wantText(t, fragment(t, list), "tbody th a", "Draft")
	template := page.Find("#desk-activity template li")
	for _, field := range []string{"actorName", "action", "title"} {
		if template.Find("[data-live-text="+field+"]").Length() != 1 {
			t.Errorf("the template shows no %s", field)
		}
	}
}

func TestDesk_hearsWhatOthersDo(t *testing.T) {
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
		if heard := realtimetest.Next(socket, blog.DeskChannel); heard.Payload.Action != want || heard.Payload.ActorName != "Ada" {
			t.Errorf("heard %+v, want that Ada %s it", heard.Payload, want)
		}
	}
}

func TestDesk_isNotHeardByReaders(t *testing.T) {
	t.Parallel()
	s := newSite(t)

	for _, user := range []auth.User{nobody, grace} {
		if err := s.Socket(user).Subscribe("blog.desk"); err == nil {
			t.Errorf("%q may listen to the desk", user.Name)
		}
	}
}

// Every control has a name, and every field a label.
func TestDesk_isLabelled(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	article := s.publish(t, s.draft(t, "Mulching"))
	editor := s.As(ada)

	for _, path := range []string{"/desk", "/desk/articles/new", editPath(article), "/articles/mulching", "/"} {
		page := editor.Get(path)
		if got := page.Find("h1").Length(); got != 1 {
			t.Errorf("%s has %d headings of the first level", path, got)
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
