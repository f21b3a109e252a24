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

// announcementsShown is the number of announcements below the form.
const announcementsShown = 20

func (f *Feature) showNotifications(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	switch query.Get("fragment") {
	case "bell":
		return f.showBell(w, r)
	case "inbox":
		return f.showInbox(w, r, query.Get("below"))
	}
	view, err := f.pageView(r.Context(), query.Get("below"))
	if err != nil {
		return err
	}
	f.Respond.Page(w, r, respond.Page{
		Title:       "Notifications",
		Description: "New articles and announcements.",
		Body:        notificationsPage(view),
	})
	return nil
}

func (f *Feature) showBell(w http.ResponseWriter, r *http.Request) error {
	inbox, err := f.ReadInbox(r.Context())
	if err != nil {
		return err
	}
	f.Respond.Fragment(w, r, http.StatusOK, bellButton(bellView{ReaderID: auth.CurrentUser(r.Context()).ID, Inbox: &inbox}))
	return nil
}

func (f *Feature) showInbox(w http.ResponseWriter, r *http.Request, below string) error {
	view, err := f.inboxView(r.Context(), below)
	if err != nil {
		return err
	}
	f.Respond.Fragment(w, r, http.StatusOK, inboxContent(view))
	return nil
}

func (f *Feature) inboxView(ctx context.Context, below string) (inboxView, error) {
	page, err := f.ListNotifications(ctx, ListNotificationsInput{Below: below})
	if err != nil {
		return inboxView{}, err
	}
	inbox, err := f.ReadInbox(ctx)
	return inboxView{ReaderID: auth.CurrentUser(ctx).ID, NotificationPage: page, Inbox: inbox, Below: below}, err
}

// pageView is the inbox with the preferences below it.
func (f *Feature) pageView(ctx context.Context, below string) (inboxView, error) {
	view, err := f.inboxView(ctx, below)
	if err != nil {
		return inboxView{}, err
	}
	if view.Preferences, err = f.ReadPreferences(ctx); err != nil {
		return inboxView{}, err
	}
	account, err := f.ReadAccount(ctx)
	view.Mail, view.Reachable = !mail.IsOff(f.Sender), account.Verified()
	return view, err
}

func (f *Feature) markRead(w http.ResponseWriter, r *http.Request) error {
	notification, err := f.MarkRead(r.Context(), chi.URLParam(r, "id"))
	if err != nil {
		return err
	}
	return f.answerChange(w, r, "#"+itemID(notification.ID))
}

func (f *Feature) markAllRead(w http.ResponseWriter, r *http.Request) error {
	if err := f.MarkAllRead(r.Context()); err != nil {
		return err
	}
	return f.answerChange(w, r, "")
}

// answerChange shows the inbox after a change: in place with htmx, and otherwise
// by loading the page again where the reader was.
func (f *Feature) answerChange(w http.ResponseWriter, r *http.Request, anchor string) error {
	below := r.PostFormValue("below")
	if r.Header.Get("HX-Request") == "true" {
		return f.showInbox(w, r, below)
	}
	f.Respond.Redirect(w, r, pageURL(below)+anchor)
	return nil
}

// openNotification follows a notification and marks it as read. It is a form
// rather than a link, because a GET must not change anything.
func (f *Feature) openNotification(w http.ResponseWriter, r *http.Request) error {
	notification, err := f.MarkRead(r.Context(), chi.URLParam(r, "id"))
	if err != nil {
		return err
	}
	f.Respond.Redirect(w, r, cmp.Or(notification.URL, pageURL("")))
	return nil
}

func (f *Feature) setPreferences(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return errUnreadableForm(err)
	}
	preferences := Preferences{NewArticles: r.PostForm.Has("new_articles"), WeeklyDigest: r.PostForm.Has("weekly_digest")}
	if err := f.SetPreferences(r.Context(), preferences); err != nil {
		return err
	}
	f.Sessions.Flash(r.Context(), "Your preferences are saved.")
	f.Respond.Redirect(w, r, pageURL(""))
	return nil
}

// setNewArticles is the button on the page of an article, to which it returns.
func (f *Feature) setNewArticles(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return errUnreadableForm(err)
	}
	enabled := r.PostForm.Get("enabled") == "true"
	if err := f.SetNewArticles(r.Context(), enabled); err != nil {
		return err
	}
	message := "You won't be notified of new articles."
	if enabled {
		message = "You'll be notified of new articles."
	}
	f.Sessions.Flash(r.Context(), message)
	f.Respond.Redirect(w, r, respond.LocalPath(r.PostForm.Get("back")))
	return nil
}

// showDigest asks before it unsubscribes, because email scanners follow every
// link.
func (f *Feature) showDigest(w http.ResponseWriter, r *http.Request) error {
	key := r.URL.Query().Get("key")
	subscribed, err := f.FindDigestSubscription(r.Context(), key)
	if err != nil {
		return err
	}
	return f.answerDigest(w, r, digestView{Key: key, Subscribed: subscribed})
}

// unsubscribeDigest is the button of the page, and the one-click unsubscription
// of email clients (RFC 8058): those have no session and follow no redirect.
func (f *Feature) unsubscribeDigest(w http.ResponseWriter, r *http.Request) error {
	key := r.URL.Query().Get("key")
	if err := f.UnsubscribeDigest(r.Context(), key); err != nil {
		return err
	}
	return f.answerDigest(w, r, digestView{Key: key})
}

func (f *Feature) answerDigest(w http.ResponseWriter, r *http.Request, view digestView) error {
	w.Header().Set("Referrer-Policy", "no-referrer") // the URL contains the key
	f.Respond.Page(w, r, respond.Page{
		Title:       "Weekly digest",
		Description: "Your subscription to the weekly digest email.",
		Body:        digestPage(view),
	})
	return nil
}

func (f *Feature) showAnnouncements(w http.ResponseWriter, r *http.Request) error {
	return f.answerAnnouncements(w, r, announcementForm{ID: newID()}, http.StatusOK)
}

func (f *Feature) sendAnnouncement(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return errUnreadableForm(err)
	}
	form := announcementForm{ID: r.PostForm.Get("id"), Title: r.PostForm.Get("title"), Text: r.PostForm.Get("text")}
	_, form.Error = f.SendAnnouncement(r.Context(), SendAnnouncementInput{ID: form.ID, Title: form.Title, Text: form.Text})
	switch {
	case errors.Is(form.Error, fault.Conflict):
		form.ID = newID() // submitting again sends another announcement
		return f.answerAnnouncements(w, r, form, http.StatusConflict)
	case errors.Is(form.Error, fault.Invalid):
		return f.answerAnnouncements(w, r, form, http.StatusUnprocessableEntity)
	case form.Error != nil:
		return form.Error
	}
	f.Sessions.Flash(r.Context(), "Your announcement is sent.")
	f.Respond.Redirect(w, r, "/admin/announcements")
	return nil
}

func (f *Feature) answerAnnouncements(w http.ResponseWriter, r *http.Request, form announcementForm, status int) error {
	latest, err := f.ListAnnouncements(r.Context(), announcementsShown)
	if err != nil {
		return err
	}
	f.Respond.Page(w, r, respond.Page{
		Title:       "Announcements",
		Description: "Messages to everyone.",
		Body:        announcementsPage(form, latest),
		Status:      status,
	})
	return nil
}

func errUnreadableForm(err error) error {
	return fault.Invalid.Wrap(err, "The form couldn't be read. Please send it again.")
}
