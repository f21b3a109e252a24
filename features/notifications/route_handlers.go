package notifications

import (
	"cmp"
	"context"
	"errors"
	"net/http"

	"github.com/go-chi/chi/v5"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/mail"
	"example.com/pergola/core/respond"
)

// announcementsShown is how many announcements stand below the form.
const announcementsShown = 20

func (f *Feature) showNotifications(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	switch query.Get("fragment") {
	case "bell":
		f.showBell(w, r)
	case "inbox":
		f.showInbox(w, r, query.Get("below"))
	default:
		view, err := f.pageView(r.Context(), query.Get("below"))
		if err != nil {
			f.deps.Respond.Error(w, r, err)
			return
		}
		f.deps.Respond.Page(w, r, respond.Page{
			Title:       "Notifications",
			Description: "What happened while you looked elsewhere: new articles, and announcements.",
			Body:        notificationsPage(view),
		})
	}
}

func (f *Feature) showBell(w http.ResponseWriter, r *http.Request) {
	inbox, err := f.deps.ReadInbox(r.Context())
	if err != nil {
		f.deps.Respond.Error(w, r, err)
		return
	}
	f.deps.Respond.Fragment(w, r, http.StatusOK, bellButton(bellView{ReaderID: auth.CurrentUser(r.Context()).ID, Inbox: &inbox}))
}

func (f *Feature) showInbox(w http.ResponseWriter, r *http.Request, below string) {
	view, err := f.inboxView(r.Context(), below)
	if err != nil {
		f.deps.Respond.Error(w, r, err)
		return
	}
	f.deps.Respond.Fragment(w, r, http.StatusOK, inboxContent(view))
}

func (f *Feature) inboxView(ctx context.Context, below string) (inboxView, error) {
	page, err := f.deps.ListNotifications(ctx, ListNotificationsInput{Below: below})
	if err != nil {
		return inboxView{}, err
	}
	inbox, err := f.deps.ReadInbox(ctx)
	return inboxView{ReaderID: auth.CurrentUser(ctx).ID, NotificationPage: page, Inbox: inbox, Below: below}, err
}

// pageView is the inbox with what stands around it.
func (f *Feature) pageView(ctx context.Context, below string) (inboxView, error) {
	view, err := f.inboxView(ctx, below)
	if err != nil {
		return inboxView{}, err
	}
	if view.Preferences, err = f.deps.ReadPreferences(ctx); err != nil {
		return inboxView{}, err
	}
	account, err := f.deps.ReadAccount(ctx)
	view.Mail, view.Reachable = !mail.IsOff(f.deps.Sender), account.Verified()
	return view, err
}

func (f *Feature) markRead(w http.ResponseWriter, r *http.Request) {
	notification, err := f.deps.MarkRead(r.Context(), chi.URLParam(r, "id"))
	if err != nil {
		f.deps.Respond.Error(w, r, err)
		return
	}
	f.answerChange(w, r, "#"+itemID(notification.ID))
}

func (f *Feature) markAllRead(w http.ResponseWriter, r *http.Request) {
	if err := f.deps.MarkAllRead(r.Context()); err != nil {
		f.deps.Respond.Error(w, r, err)
		return
	}
	f.answerChange(w, r, "")
}

// answerChange shows the inbox again as it is now: htmx puts it in its place,
// and without scripts the page comes again, where the reader was in it.
func (f *Feature) answerChange(w http.ResponseWriter, r *http.Request, place string) {
	below := r.PostFormValue("below")
	if r.Header.Get("HX-Request") == "true" {
		f.showInbox(w, r, below)
		return
	}
	f.deps.Respond.Redirect(w, r, pageURL(below)+place)
}

// openNotification follows a notification, which reads it. It is a form rather
// than a link, because looking at an address changes nothing.
func (f *Feature) openNotification(w http.ResponseWriter, r *http.Request) {
	notification, err := f.deps.MarkRead(r.Context(), chi.URLParam(r, "id"))
	if err != nil {
		f.deps.Respond.Error(w, r, err)
		return
	}
	f.deps.Respond.Redirect(w, r, cmp.Or(notification.URL, pageURL("")))
}

func (f *Feature) setPreferences(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		f.deps.Respond.Error(w, r, fault.Invalid.Wrap(err, "The form did not arrive as a whole."))
		return
	}
	wanted := Preferences{NewArticles: r.PostForm.Has("new_articles"), WeeklyDigest: r.PostForm.Has("weekly_digest")}
	if err := f.deps.SetPreferences(r.Context(), wanted); err != nil {
		f.deps.Respond.Error(w, r, err)
		return
	}
	f.deps.Sessions.Flash(r.Context(), "Your preferences are saved.")
	f.deps.Respond.Redirect(w, r, pageURL(""))
}

// showDigest asks before it stops anything: what guards mailboxes follows every
// link in a mail.
func (f *Feature) showDigest(w http.ResponseWriter, r *http.Request) {
	key := r.URL.Query().Get("key")
	wanted, err := f.deps.FindDigest(r.Context(), key)
	if err != nil {
		f.deps.Respond.Error(w, r, err)
		return
	}
	f.answerDigest(w, r, digestView{Key: key, Wanted: wanted})
}

// stopDigest is what the page's button does, and what mail programs do for
// their users (RFC 8058): those have no session, and follow no redirect.
func (f *Feature) stopDigest(w http.ResponseWriter, r *http.Request) {
	key := r.URL.Query().Get("key")
	if err := f.deps.StopDigest(r.Context(), key); err != nil {
		f.deps.Respond.Error(w, r, err)
		return
	}
	f.answerDigest(w, r, digestView{Key: key})
}

func (f *Feature) answerDigest(w http.ResponseWriter, r *http.Request, view digestView) {
	w.Header().Set("Referrer-Policy", "no-referrer") // the address is the key
	f.deps.Respond.Page(w, r, respond.Page{
		Title:       "Mail on Mondays",
		Description: "What you have not read of the last week.",
		Body:        digestPage(view),
	})
}

func (f *Feature) showAnnouncements(w http.ResponseWriter, r *http.Request) {
	f.answerAnnouncements(w, r, announcementForm{ID: newID()}, http.StatusOK)
}

func (f *Feature) sendAnnouncement(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		f.deps.Respond.Error(w, r, fault.Invalid.Wrap(err, "The form did not arrive as a whole."))
		return
	}
	form := announcementForm{ID: r.PostForm.Get("id"), Title: r.PostForm.Get("title"), Text: r.PostForm.Get("text")}
	_, form.Refusal = f.deps.SendAnnouncement(r.Context(), SendAnnouncementInput{ID: form.ID, Title: form.Title, Text: form.Text})
	switch {
	case errors.Is(form.Refusal, fault.Conflict):
		form.ID = newID() // whoever sends again means another announcement
		f.answerAnnouncements(w, r, form, http.StatusConflict)
	case errors.Is(form.Refusal, fault.Invalid):
		f.answerAnnouncements(w, r, form, http.StatusUnprocessableEntity)
	case form.Refusal != nil:
		f.deps.Respond.Error(w, r, form.Refusal)
	default:
		f.deps.Sessions.Flash(r.Context(), "The announcement is sent.")
		f.deps.Respond.Redirect(w, r, "/admin/announcements")
	}
}

func (f *Feature) answerAnnouncements(w http.ResponseWriter, r *http.Request, form announcementForm, status int) {
	latest, err := f.deps.ListAnnouncements(r.Context(), announcementsShown)
	if err != nil {
		f.deps.Respond.Error(w, r, err)
		return
	}
	f.deps.Respond.Page(w, r, respond.Page{
		Title:       "Announcements",
		Description: "Something that everybody should know.",
		Body:        announcementsPage(form, latest),
		Status:      status,
	})
}
