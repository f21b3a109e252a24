package blog

import (
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/respond"
)

// activitiesShown is how many activities stand beside the desk's list.
const activitiesShown = 10

func (f *Feature) showDesk(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	switch query.Get("fragment") {
	case "activity":
		f.showDeskActivity(w, r)
		return
	case "list":
		f.showDeskList(w, r)
		return
	case "editors":
		f.showDeskEditors(w, r)
		return
	}
	page, err := f.deps.ListDesk(r.Context(), deskInput(r))
	if err != nil {
		f.deps.Respond.Error(w, r, err)
		return
	}
	activities, err := f.deps.ListDeskActivity(r.Context(), activitiesShown)
	if err != nil {
		f.deps.Respond.Error(w, r, err)
		return
	}
	editors, err := f.deps.ListDeskEditors(r.Context())
	if err != nil {
		f.deps.Respond.Error(w, r, err)
		return
	}
	f.deps.Respond.Page(w, r, respond.Page{
		Title:       "Desk",
		Description: "Everything that is written here, drafts and published articles.",
		Body:        deskPage(deskView{DeskPage: page, In: deskInput(r), Activities: activities, Present: presentFor(r, editors)}),
	})
}

func (f *Feature) showDeskList(w http.ResponseWriter, r *http.Request) {
	page, err := f.deps.ListDesk(r.Context(), deskInput(r))
	if err != nil {
		f.deps.Respond.Error(w, r, err)
		return
	}
	f.deps.Respond.Fragment(w, r, http.StatusOK, deskList(page.Entries))
}

func (f *Feature) showDeskActivity(w http.ResponseWriter, r *http.Request) {
	activities, err := f.deps.ListDeskActivity(r.Context(), activitiesShown)
	if err != nil {
		f.deps.Respond.Error(w, r, err)
		return
	}
	f.deps.Respond.Fragment(w, r, http.StatusOK, deskActivities(activities))
}

func (f *Feature) showDeskEditors(w http.ResponseWriter, r *http.Request) {
	editors, err := f.deps.ListDeskEditors(r.Context())
	if err != nil {
		f.deps.Respond.Error(w, r, err)
		return
	}
	f.deps.Respond.Fragment(w, r, http.StatusOK, deskPresent(presentFor(r, editors)))
}

func presentFor(r *http.Request, editors DeskEditors) deskPresenceView {
	return deskPresenceView{DeskEditors: editors, UserID: auth.CurrentUser(r.Context()).ID}
}

func (f *Feature) showNewArticle(w http.ResponseWriter, r *http.Request) {
	f.showForm(w, r, http.StatusOK, editorView{})
}

func (f *Feature) saveNewArticle(w http.ResponseWriter, r *http.Request) {
	form, err := readArticleForm(r)
	if err != nil {
		f.deps.Respond.Error(w, r, err)
		return
	}
	form.ID = newArticleID
	article, err := f.deps.WriteDraft(r.Context(), WriteDraftInput{ID: form.NewID, Text: form.Text})
	if fault.KindOf(err) == fault.Conflict {
		form.ID = form.NewID // it is stored: show it beside what was sent
	}
	if err != nil {
		f.showRefused(w, r, form, err)
		return
	}
	f.deps.Sessions.Flash(r.Context(), "The draft is saved.")
	f.deps.Respond.Redirect(w, r, editURL(article.ID))
}

func (f *Feature) showEditor(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("fragment") == "others" {
		f.showOthers(w, r)
		return
	}
	article, err := f.deps.OpenArticle(r.Context(), chi.URLParam(r, "id"))
	if err != nil {
		f.deps.Respond.Error(w, r, err)
		return
	}
	f.showForm(w, r, http.StatusOK, editorView{Form: formOf(article), Stored: &article})
}

// showOthers says who else has the article open.
func (f *Feature) showOthers(w http.ResponseWriter, r *http.Request) {
	editors, err := f.deps.ListDeskEditors(r.Context())
	if err != nil {
		f.deps.Respond.Error(w, r, err)
		return
	}
	names := editors.Others(chi.URLParam(r, "id"), auth.CurrentUser(r.Context()).ID)
	f.deps.Respond.Fragment(w, r, http.StatusOK, otherEditors(names))
}

func (f *Feature) saveArticle(w http.ResponseWriter, r *http.Request) {
	form, err := readArticleForm(r)
	if err != nil {
		f.deps.Respond.Error(w, r, err)
		return
	}
	article, err := f.deps.EditArticle(r.Context(), EditArticleInput{ID: form.ID, Version: form.Version, Text: form.Text})
	if err != nil {
		f.showRefused(w, r, form, err)
		return
	}
	f.deps.Sessions.Flash(r.Context(), "Saved.")
	f.deps.Respond.Redirect(w, r, editURL(article.ID))
}

// previewArticle shows the preview beside the form: htmx puts it there, and
// without scripts the whole page comes back with it.
func (f *Feature) previewArticle(w http.ResponseWriter, r *http.Request) {
	form, err := readArticleForm(r)
	if err != nil {
		f.deps.Respond.Error(w, r, err)
		return
	}
	preview, err := f.deps.PreviewArticle(r.Context(), form.Text)
	switch {
	case fault.KindOf(err) == fault.Invalid && isFragmentWanted(r):
		f.deps.Respond.Fragment(w, r, http.StatusUnprocessableEntity, previewRefused(err))
	case err != nil:
		f.showRefused(w, r, form, err)
	case isFragmentWanted(r):
		f.deps.Respond.Fragment(w, r, http.StatusOK, previewPane(preview))
	default:
		f.showEditorAgain(w, r, http.StatusOK, editorView{Form: form, Preview: &preview})
	}
}

func (f *Feature) publishArticle(w http.ResponseWriter, r *http.Request) {
	form, err := readArticleForm(r)
	if err != nil {
		f.deps.Respond.Error(w, r, err)
		return
	}
	article, err := f.deps.PublishArticle(r.Context(), PublishArticleInput{ID: form.ID, Version: form.Version, Text: form.sentText()})
	if err != nil {
		f.showRefused(w, r, form, err)
		return
	}
	f.deps.Sessions.Flash(r.Context(), "“"+article.Title+"” is public.")
	f.deps.Respond.Redirect(w, r, article.URL())
}

func (f *Feature) unpublishArticle(w http.ResponseWriter, r *http.Request) {
	form, err := readArticleForm(r)
	if err != nil {
		f.deps.Respond.Error(w, r, err)
		return
	}
	article, err := f.deps.UnpublishArticle(r.Context(), UnpublishArticleInput{ID: form.ID, Version: form.Version})
	if err != nil {
		f.showRefused(w, r, form, err)
		return
	}
	f.deps.Sessions.Flash(r.Context(), "“"+article.Title+"” is a draft again.")
	f.deps.Respond.Redirect(w, r, editURL(article.ID))
}

func (f *Feature) deleteArticle(w http.ResponseWriter, r *http.Request) {
	form, err := readArticleForm(r)
	if err != nil {
		f.deps.Respond.Error(w, r, err)
		return
	}
	err = f.deps.DeleteArticle(r.Context(), DeleteArticleInput{ID: form.ID, Version: form.Version})
	if err != nil && fault.KindOf(err) != fault.NotFound { // what is gone is what was asked for
		f.showRefused(w, r, form, err)
		return
	}
	f.deps.Sessions.Flash(r.Context(), "The article is deleted.")
	f.deps.Respond.Redirect(w, r, "/desk")
}

// newArticleID stands in the address of an article that is not stored yet.
const newArticleID = "new"

// articleForm is what the forms of the desk send. Only the editor's has words
// in it; the others say which version of which article they are about.
type articleForm struct {
	ID       string
	NewID    string // of an article that is not stored yet: the form that is sent twice is one article
	Version  int
	Text     Text
	HasWords bool
}

func readArticleForm(r *http.Request) (articleForm, error) {
	if err := r.ParseForm(); err != nil {
		return articleForm{}, fault.Invalid.Wrap(err, "The form did not arrive as a whole.")
	}
	version, _ := strconv.Atoi(r.PostForm.Get("version")) // 0, which nothing has, conflicts with everything
	return articleForm{
		ID:       chi.URLParam(r, "id"),
		NewID:    r.PostForm.Get("id"),
		Version:  version,
		HasWords: r.PostForm.Has("body"),
		Text: Text{
			Title:   r.PostForm.Get("title"),
			Summary: r.PostForm.Get("summary"),
			Body:    r.PostForm.Get("body"),
		},
	}, nil
}

func formOf(article Article) articleForm {
	return articleForm{
		ID:       article.ID,
		Version:  article.Version,
		HasWords: true,
		Text:     Text{Title: article.Title, Summary: article.Summary, Body: article.Body},
	}
}

func (form articleForm) sentText() *Text {
	if !form.HasWords {
		return nil
	}
	return &form.Text
}

// showRefused answers a form that was not accepted with the form, so that no
// word is lost: with what is wrong in it, with what somebody else has written
// in the meantime, or, if the article is gone, as a new one.
func (f *Feature) showRefused(w http.ResponseWriter, r *http.Request, form articleForm, refusal error) {
	statuses := map[fault.Kind]int{
		fault.Invalid:  http.StatusUnprocessableEntity,
		fault.Conflict: http.StatusConflict,
		fault.NotFound: http.StatusNotFound,
	}
	status, mendable := statuses[fault.KindOf(refusal)]
	if !mendable || !form.HasWords {
		f.deps.Respond.Error(w, r, refusal)
		return
	}
	f.showEditorAgain(w, r, status, editorView{Form: form, Refusal: refusal})
}

// showEditorAgain shows a form that was sent beside what is stored now. Whoever
// has seen somebody else's words may save over them.
func (f *Feature) showEditorAgain(w http.ResponseWriter, r *http.Request, status int, view editorView) {
	if view.Form.ID == newArticleID {
		f.showForm(w, r, status, view)
		return
	}
	stored, err := f.deps.OpenArticle(r.Context(), view.Form.ID)
	switch {
	case fault.KindOf(err) == fault.NotFound:
		view.Refusal = fault.NotFound.New("This article was deleted while you wrote. Your words are still here: saving makes a new draft of them.")
	case err != nil:
		f.deps.Respond.Error(w, r, err)
		return
	default:
		view.Stored = &stored
	}
	if view.conflict() {
		view.Form.Version = stored.Version
	}
	f.showForm(w, r, status, view)
}

func (f *Feature) showForm(w http.ResponseWriter, r *http.Request, status int, view editorView) {
	editors, err := f.deps.ListDeskEditors(r.Context())
	if err != nil {
		f.deps.Respond.Error(w, r, err)
		return
	}
	if view.Stored != nil {
		view.Others = editors.Others(view.Stored.ID, auth.CurrentUser(r.Context()).ID)
	}
	if view.Stored == nil && !isID(view.Form.NewID) {
		id, err := NewArticleID()
		if err != nil {
			f.deps.Respond.Error(w, r, err)
			return
		}
		view.Form.NewID = id
	}
	f.deps.Respond.Page(w, r, respond.Page{Title: view.title(), Description: "Where an article is written.", Body: editorPage(view), Status: status})
}

func deskInput(r *http.Request) ListDeskInput {
	query := r.URL.Query()
	return ListDeskInput{State: State(query.Get("state")), After: query.Get("after")}
}

func isFragmentWanted(r *http.Request) bool { return r.Header.Get("HX-Request") == "true" }
