package blog

import (
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/database"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/respond"
)

// activityLimit is the number of activities next to the desk's list.
const activityLimit = 10

func (f *Feature) showDesk(w http.ResponseWriter, r *http.Request) error {
	switch r.URL.Query().Get("fragment") {
	case "activity":
		return f.showDeskActivity(w, r)
	case "list":
		return f.showDeskList(w, r)
	case "editors":
		return f.showDeskEditors(w, r)
	}
	in := deskInput(r)
	page, err := f.ListDesk(r.Context(), in)
	if err != nil {
		return err
	}
	activities, err := f.ListDeskActivity(r.Context(), activityLimit)
	if err != nil {
		return err
	}
	editors, err := f.ListDeskEditors(r.Context())
	if err != nil {
		return err
	}
	f.Respond.Page(w, r, respond.Page{
		Title:       "Desk",
		Description: "Drafts and published articles.",
		Body:        deskPage(deskView{DeskPage: page, In: in, Activities: activities, Online: onlineEditors(r, editors)}),
	})
	return nil
}

func (f *Feature) showDeskList(w http.ResponseWriter, r *http.Request) error {
	page, err := f.ListDesk(r.Context(), deskInput(r))
	if err != nil {
		return err
	}
	f.Respond.Fragment(w, r, http.StatusOK, deskList(page.Entries))
	return nil
}

func (f *Feature) showDeskActivity(w http.ResponseWriter, r *http.Request) error {
	activities, err := f.ListDeskActivity(r.Context(), activityLimit)
	if err != nil {
		return err
	}
	f.Respond.Fragment(w, r, http.StatusOK, deskActivities(activities))
	return nil
}

func (f *Feature) showDeskEditors(w http.ResponseWriter, r *http.Request) error {
	editors, err := f.ListDeskEditors(r.Context())
	if err != nil {
		return err
	}
	f.Respond.Fragment(w, r, http.StatusOK, deskOnline(onlineEditors(r, editors)))
	return nil
}

func onlineEditors(r *http.Request, editors DeskEditors) onlineView {
	return onlineView{DeskEditors: editors, UserID: auth.CurrentUser(r.Context()).ID}
}

func (f *Feature) showNewArticle(w http.ResponseWriter, r *http.Request) error {
	return f.showForm(w, r, http.StatusOK, editorView{})
}

func (f *Feature) createArticle(w http.ResponseWriter, r *http.Request) error {
	form, err := readArticleForm(r)
	if err != nil {
		return err
	}
	form.ID = newArticleID
	article, err := f.WriteDraft(r.Context(), WriteDraftInput{ID: form.NewID, Text: form.Text})
	if fault.KindOf(err) == fault.Conflict { // sent before with another text, perhaps from a duplicate of the tab
		form.NewID = ""
		err = fault.Conflict.New("You already saved a draft from this form. Your text is still here. Save it as another draft, or open the first one on your desk.")
	}
	if err != nil {
		return f.showRejected(w, r, form, err)
	}
	f.Sessions.Flash(r.Context(), "Draft saved.")
	f.Respond.Redirect(w, r, editURL(article.ID))
	return nil
}

func (f *Feature) showEditor(w http.ResponseWriter, r *http.Request) error {
	if r.URL.Query().Get("fragment") == "others" {
		return f.showOtherEditors(w, r)
	}
	article, err := f.OpenArticle(r.Context(), chi.URLParam(r, "id"))
	if err != nil {
		return err
	}
	return f.showForm(w, r, http.StatusOK, editorView{Form: formOf(article), Stored: &article})
}

func (f *Feature) showOtherEditors(w http.ResponseWriter, r *http.Request) error {
	editors, err := f.ListDeskEditors(r.Context())
	if err != nil {
		return err
	}
	names := editors.Others(chi.URLParam(r, "id"), auth.CurrentUser(r.Context()).ID)
	f.Respond.Fragment(w, r, http.StatusOK, otherEditors(names))
	return nil
}

func (f *Feature) saveArticle(w http.ResponseWriter, r *http.Request) error {
	form, err := readArticleForm(r)
	if err != nil {
		return err
	}
	article, err := f.EditArticle(r.Context(), EditArticleInput{ID: form.ID, Version: form.Version, Text: form.Text})
	if err != nil {
		return f.showRejected(w, r, form, err)
	}
	f.Sessions.Flash(r.Context(), "Changes saved.")
	f.Respond.Redirect(w, r, editURL(article.ID))
	return nil
}

// previewArticle answers htmx with the preview, and a browser without scripts
// with the whole page, preview included.
func (f *Feature) previewArticle(w http.ResponseWriter, r *http.Request) error {
	form, err := readArticleForm(r)
	if err != nil {
		return err
	}
	preview, err := f.PreviewArticle(r.Context(), form.Text)
	switch {
	case fault.KindOf(err) == fault.Invalid && wantsFragment(r):
		f.Respond.Fragment(w, r, http.StatusUnprocessableEntity, previewErrors(err))
	case err != nil:
		return f.showRejected(w, r, form, err)
	case wantsFragment(r):
		f.Respond.Fragment(w, r, http.StatusOK, previewPane(preview))
	default:
		return f.showSubmitted(w, r, http.StatusOK, editorView{Form: form, Preview: &preview})
	}
	return nil
}

func (f *Feature) publishArticle(w http.ResponseWriter, r *http.Request) error {
	form, err := readArticleForm(r)
	if err != nil {
		return err
	}
	article, err := f.PublishArticle(r.Context(), PublishArticleInput{ID: form.ID, Version: form.Version, Text: form.submittedText()})
	if err != nil {
		return f.showRejected(w, r, form, err)
	}
	f.Sessions.Flash(r.Context(), "“"+article.Title+"” is published.")
	f.Respond.Redirect(w, r, article.URL())
	return nil
}

func (f *Feature) unpublishArticle(w http.ResponseWriter, r *http.Request) error {
	form, err := readArticleForm(r)
	if err != nil {
		return err
	}
	article, err := f.UnpublishArticle(r.Context(), UnpublishArticleInput{ID: form.ID, Version: form.Version})
	if err != nil {
		return f.showRejected(w, r, form, err)
	}
	f.Sessions.Flash(r.Context(), "“"+article.Title+"” is now a draft.")
	f.Respond.Redirect(w, r, editURL(article.ID))
	return nil
}

func (f *Feature) deleteArticle(w http.ResponseWriter, r *http.Request) error {
	form, err := readArticleForm(r)
	if err != nil {
		return err
	}
	err = f.DeleteArticle(r.Context(), DeleteArticleInput{ID: form.ID, Version: form.Version})
	if err != nil && fault.KindOf(err) != fault.NotFound { // already deleted is fine
		return f.showRejected(w, r, form, err)
	}
	f.Sessions.Flash(r.Context(), "Article deleted.")
	f.Respond.Redirect(w, r, "/desk")
	return nil
}

// newArticleID is in the URL of an article that isn't stored yet.
const newArticleID = "new"

// articleForm is what the desk's forms submit. Only the editor's has a text;
// the others identify a version of an article.
type articleForm struct {
	ID      string
	NewID   string // of an article that isn't stored yet, so that a form sent twice creates one
	Version int
	Text    Text
	HasText bool
}

func readArticleForm(r *http.Request) (articleForm, error) {
	if err := r.ParseForm(); err != nil {
		return articleForm{}, fault.Invalid.Wrap(err, "We couldn't read this form. Try again.")
	}
	version, _ := strconv.Atoi(r.PostForm.Get("version")) // 0 if missing or invalid, which is always a conflict
	return articleForm{
		ID:      chi.URLParam(r, "id"),
		NewID:   r.PostForm.Get("id"),
		Version: version,
		HasText: r.PostForm.Has("body"),
		Text: Text{
			Title:   r.PostForm.Get("title"),
			Summary: r.PostForm.Get("summary"),
			Body:    r.PostForm.Get("body"),
		},
	}, nil
}

func formOf(article Article) articleForm {
	return articleForm{ID: article.ID, Version: article.Version, HasText: true, Text: article.text()}
}

func (form articleForm) submittedText() *Text {
	if !form.HasText {
		return nil
	}
	return &form.Text
}

// showRejected answers a rejected form with the form, so that no text is lost:
// with its errors, with what someone else saved in the meantime, or, if the
// article was deleted, as a new one. It returns any other error.
func (f *Feature) showRejected(w http.ResponseWriter, r *http.Request, form articleForm, err error) error {
	statuses := map[fault.Kind]int{
		fault.Invalid:  http.StatusUnprocessableEntity,
		fault.Conflict: http.StatusConflict,
		fault.NotFound: http.StatusNotFound,
	}
	status, correctable := statuses[fault.KindOf(err)]
	if !correctable || !form.HasText {
		return err
	}
	return f.showSubmitted(w, r, status, editorView{Form: form, Err: err})
}

// showSubmitted shows a submitted form next to the stored article. An editor
// who has seen someone else's text may then save over it.
func (f *Feature) showSubmitted(w http.ResponseWriter, r *http.Request, status int, view editorView) error {
	if view.Form.ID == newArticleID {
		return f.showForm(w, r, status, view)
	}
	stored, err := f.OpenArticle(r.Context(), view.Form.ID)
	switch {
	case fault.KindOf(err) == fault.NotFound:
		view.Err = fault.NotFound.New("Someone deleted this article while you were editing it. Your text is still here. Save it to create a new draft.")
	case err != nil:
		return err
	default:
		view.Stored = &stored
	}
	if view.conflict() {
		view.Form.Version = stored.Version
	}
	return f.showForm(w, r, status, view)
}

func (f *Feature) showForm(w http.ResponseWriter, r *http.Request, status int, view editorView) error {
	editors, err := f.ListDeskEditors(r.Context())
	if err != nil {
		return err
	}
	if view.Stored != nil {
		view.Others = editors.Others(view.Stored.ID, auth.CurrentUser(r.Context()).ID)
	}
	if view.Stored == nil && !database.IsUUID(view.Form.NewID) {
		id, err := NewArticleID()
		if err != nil {
			return err
		}
		view.Form.NewID = id
	}
	f.Respond.Page(w, r, respond.Page{Title: view.title(), Description: "Write and preview an article.", Body: editorPage(view), Status: status})
	return nil
}

func deskInput(r *http.Request) ListDeskInput {
	query := r.URL.Query()
	return ListDeskInput{State: State(query.Get("state")), After: query.Get("after")}
}

func wantsFragment(r *http.Request) bool { return r.Header.Get("HX-Request") == "true" }
