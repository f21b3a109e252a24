// Package notifications tells readers what happened while they looked
// elsewhere.
//
// Every page of somebody who is signed in has a bell with the number of unread
// notifications. It leads to /notifications, where they are listed, the latest
// first, and marked as read: by following them, one by one, or all at once. The
// same page asks what a reader wants to be told. Everybody is told of new
// articles (but not of their own) until they say otherwise, and of what an
// administrator announces at /admin/announcements, which also shows at once on
// every open page.
//
// The bell and the list are live, and in step: what is read in one tab is read
// in all, on every device. A reader who was away finds everything on the page.
//
// # For other features
//
// A feature that has something to tell readers publishes an event; it is heard
// here, in event_handlers.go, and made a Notice. Nobody is told of one source
// (an article, an announcement) twice, so an event may come again.
//
//	return f.deps.NotifyReaders(ctx, NotifyReadersInput{Notice: notice, ExceptID: authorID})
//
// NotifyReaders walks over all readers and enqueues a job for each thousand;
// that job does its batch in one transaction, with one statement, as things
// stand by then: who has left or does not want it any more is left out, and so
// is everybody if the article was withdrawn.
//
// # By mail
//
// Who asks for it gets a mail on Monday mornings, by the clocks of
// feature.Zone: the articles of the week before and its announcements, but for
// what was read. If there is nothing to tell, no mail comes; and none comes
// twice. New accounts get none until they ask, and nobody whose address is not
// confirmed. Each mail has a link that ends
// them without signing in, at /notifications/digest.
//
// # In the browser
//
// NotificationsChannel has a topic for each reader, AnnouncementsChannel is for
// all who are signed in. Each message on a reader's topic says what has changed
// and how many are unread now, with a revision that tells which of two messages
// is the later. The present state is answered at /notifications?fragment=bell
// and /notifications?fragment=inbox.
//
// # How long it is kept
//
// Once a day a job removes what was read more than KeptWhenRead ago, and of each
// reader what is older than the latest KeptPerReader, read or not:
// TrimInboxesJob.
//
// # When an account is deleted
//
// Nobody can read an inbox whose owner is gone, and nothing is delivered to it
// any more. Accounts tells nobody of a deletion, so once a day a job looks for
// such inboxes and removes all that is in them: ForgetReadersJob.
//
// # Promises and limits
//
// A notification is stored before its reader's pages hear of it. The number on
// the bell is counted in the transaction that changes it, so it is never
// guessed and costs one row to read; if even that cannot be read, the bell is
// shown without it and the page is served all the same. An article that is
// withdrawn leaves its notifications, which then lead nowhere.
package notifications

import (
	"github.com/a-h/templ"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/database"
	"example.com/pergola/core/events"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/jobs"
	"example.com/pergola/core/mail"
	"example.com/pergola/core/observe"
	"example.com/pergola/core/realtime"
	"example.com/pergola/core/respond"
	"example.com/pergola/features/accounts"
	"example.com/pergola/features/blog" // <with:blog/>
	"example.com/pergola/web/components"
)

// Deps is what the feature is made of.
type Deps struct {
	NotifyReaders     NotifyReaders
	DeliverNotice     DeliverNotice
	ListNotifications ListNotifications
	ReadInbox         ReadInbox
	MarkRead          MarkRead
	MarkAllRead       MarkAllRead
	ReadPreferences   ReadPreferences
	SetPreferences    SetPreferences
	FindDigest        FindDigest
	StopDigest        StopDigest
	PlanDigests       PlanDigests
	MailDigest        MailDigest
	SendAnnouncement  SendAnnouncement
	ListAnnouncements ListAnnouncements
	TrimInboxes       TrimInboxes
	ForgetGoneReaders ForgetGoneReaders
	SeedNotifications SeedNotifications

	ReadAccount accounts.ReadAccount
	Sender      mail.Sender // whether there is mail at all
	Zone        feature.Zone
	Tx          database.Transactor
	Sessions    *auth.Sessions
	Respond     *respond.Responder
	Reporter    observe.Reporter
}

// Feature is notifications, ready to be listed by its Manifest.
type Feature struct {
	deps          Deps
	announcements templ.Component // where announcements come from on every page
}

// New makes the feature.
func New(deps Deps) *Feature {
	return &Feature{deps: deps, announcements: components.Static(announcementRegion())}
}

// Manifest is what notifications brings to the application.
func (f *Feature) Manifest() feature.Manifest {
	return feature.Manifest{
		Name:       "notifications",
		Paths:      []string{"/admin/announcements"},
		Routes:     f.routes,
		Navigation: []feature.NavItem{{Label: "Announcements", Path: "/admin/announcements", Role: auth.RoleAdmin}},
		Header:     []feature.HeaderItem{f.bell},
		Seed:       f.deps.SeedNotifications,
		Parts: []feature.Part{
			realtime.Channels{
				NotificationsChannel,
				AnnouncementsChannel,
				// <gen:realtime-channels>
				// <gen:realtime-handlers>
			},
			events.Events{
				AnnouncementSentEvent,
				// <gen:events>
			},
			events.Handlers{
				events.Handle(blog.ArticlePublishedEvent, "notifications.notify_readers", events.Once(f.deps.Tx, f.onArticlePublished)), // <with:blog/>
				events.Handle(AnnouncementSentEvent, "notifications.deliver_announcement", events.Once(f.deps.Tx, f.onAnnouncementSent)),
				// <gen:event-handlers>
			},
			jobs.Jobs{
				NotifyBatchJob, PlanDigestsJob, SendDigestJob, TrimInboxesJob, ForgetReadersJob,
				// <gen:jobs>
			},
			jobs.Handlers{
				jobs.Handle(NotifyBatchJob, jobs.Once(f.deps.Tx, f.notifyBatch)),
				jobs.Handle(PlanDigestsJob, jobs.Once(f.deps.Tx, f.planDigests)),
				jobs.Handle(SendDigestJob, jobs.Once(f.deps.Tx, f.sendDigest)),
				jobs.Handle(TrimInboxesJob, f.trimInboxes),
				jobs.Handle(ForgetReadersJob, f.forgetReaders),
				// <gen:job-handlers>
			},
			jobs.Schedules{
				// Whoever has the digest does not get it again: the later ticks are
				// for when nothing was running at seven.
				jobs.Schedule(PlanDigestsJob, jobs.Cron("0 7-12 * * MON", f.deps.Zone.String()), PlannedDigests{}),
				jobs.Schedule(TrimInboxesJob, jobs.Cron("20 3 * * *", "UTC"), TrimmedInboxes{}),
				jobs.Schedule(ForgetReadersJob, jobs.Cron("40 3 * * *", "UTC"), ForgetReaders{}),
			},
		},
	}
}
