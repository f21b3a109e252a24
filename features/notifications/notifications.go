// Package notifications notifies readers of new articles and announcements.
//
// Every page of a signed-in reader has a bell with the number of unread
// notifications. It links to /notifications, which lists them, newest first.
// Readers mark them as read by following them, one by one, or all at once, and
// choose there what they want to be notified of. Everyone is notified of other
// people's articles until they turn that off, and of announcements, which
// administrators send at /admin/announcements and which also appear at once on
// every open page. The page of an article offers to turn notifications on or
// off (see articleSection).
//
// The bell and the list are live: a notification that is read in one tab is
// read in all, on every device. A reader who was away finds everything on the
// page.
//
// # For other features
//
// A feature that has something to notify readers of publishes an event. A
// handler in event_handlers.go makes it a Notice. Readers are notified once per
// source (an article, an announcement), so an event may be delivered again.
//
//	return f.NotifyReaders(ctx, NotifyReadersInput{Notice: notice, ExceptID: authorID})
//
// NotifyReaders enqueues a job for each thousand readers. Each job delivers to
// its batch in one transaction, with one statement, by the state at that time:
// it leaves out readers who have deleted their account or don't want the notice,
// and everyone if the article is no longer public.
//
// # Weekly digest
//
// Readers who subscribe get an email on Monday mornings, in the time zone of
// feature.Zone: last week's articles and announcements, except what they have
// read. An empty digest is not sent, and none is sent twice. New accounts are
// not subscribed, and unconfirmed addresses get no email. Each email has a link
// that unsubscribes without signing in, at /notifications/digest.
//
// # In the browser
//
// NotificationsChannel has a topic for each reader, AnnouncementsChannel is for
// everyone who is signed in. Each message on a reader's topic has the change,
// the number of unread notifications and a revision, by which a page orders
// messages. Pages fetch their current state from /notifications?fragment=bell
// and /notifications?fragment=inbox.
//
// # Retention
//
// Once a day TrimInboxesJob removes notifications that were read more than
// KeptWhenRead ago, and all but the newest KeptPerReader of each reader, and
// RemoveDeletedReadersJob removes the data of deleted accounts. Nothing is
// delivered to those in the meantime.
//
// # Guarantees and limits
//
// A notification is stored before any page shows it. The number on the bell
// changes in the same transaction as the notifications, so it is always exact
// and costs a single row to read. If even that fails, the page is served with a
// bell without a number. Unpublishing an article keeps its notifications, whose
// links then lead nowhere.
package notifications

import (
	"time"

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
	"example.com/pergola/features/blog"
)

// Feature is notifications, assembled by wire.
type Feature struct {
	NotifyReaders          NotifyReaders
	DeliverNotice          DeliverNotice
	ListNotifications      ListNotifications
	ReadInbox              ReadInbox
	MarkRead               MarkRead
	MarkAllRead            MarkAllRead
	ReadPreferences        ReadPreferences
	SetPreferences         SetPreferences
	SetNewArticles         SetNewArticles
	FindDigestSubscription FindDigestSubscription
	UnsubscribeDigest      UnsubscribeDigest
	PlanDigests            PlanDigests
	MailDigest             MailDigest
	SendAnnouncement       SendAnnouncement
	ListAnnouncements      ListAnnouncements
	TrimInboxes            TrimInboxes
	RemoveDeletedReaders   RemoveDeletedReaders
	SeedNotifications      SeedNotifications

	ReadAccount accounts.ReadAccount
	Sender      mail.Sender // to know whether email is on
	Zone        feature.Zone
	DB          *database.DB
	Sessions    *auth.Sessions
	Respond     *respond.Responder
	Reporter    observe.Reporter
}

// Manifest is what notifications brings to the application.
func (f *Feature) Manifest() feature.Manifest {
	return feature.Manifest{
		Name:       "notifications",
		Paths:      []string{"/admin/announcements"},
		Routes:     f.routes,
		Navigation: []feature.NavItem{{Label: "Announcements", Path: "/admin/announcements", Role: auth.RoleAdmin}},
		Header:     []feature.HeaderItem{f.bell},
		Seed:       f.SeedNotifications,
		Parts: []feature.Part{
			feature.Fill(blog.ArticleFooterSlot, f.articleSection),
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
				events.Handle(blog.ArticlePublishedEvent, "notifications.notify_readers", events.Once(f.DB, f.onArticlePublished)),
				events.Handle(AnnouncementSentEvent, "notifications.deliver_announcement", events.Once(f.DB, f.onAnnouncementSent)),
				// <gen:event-handlers>
			},
			jobs.Jobs{
				NotifyBatchJob,
				PlanDigestsJob,
				SendDigestJob,
				TrimInboxesJob,
				RemoveDeletedReadersJob,
				// <gen:jobs>
			},
			jobs.Handlers{
				jobs.Handle(NotifyBatchJob, jobs.Once(f.DB, f.notifyBatch)),
				jobs.Handle(PlanDigestsJob, jobs.Once(f.DB, f.planDigests)),
				jobs.Handle(SendDigestJob, jobs.Once(f.DB, f.sendDigest)),
				jobs.Handle(TrimInboxesJob, f.trimInboxes),
				jobs.Handle(RemoveDeletedReadersJob, f.removeDeletedReaders),
				// <gen:job-handlers>
			},
			// Jobs that go through all readers run one at a time. A batch of a thousand
			// readers takes some 25 ms; the interval leaves the processors and the
			// database to page requests.
			jobs.Queues{
				{Name: "notices", Concurrency: 1, FetchInterval: 75 * time.Millisecond},
				{Name: "digests", Concurrency: 1},
			},
			jobs.Schedules{
				// The later ticks are for when nothing ran at seven. They send no
				// digest twice.
				jobs.Schedule(PlanDigestsJob, jobs.Cron("0 7-12 * * MON", f.Zone.String()), DueDigests{}),
				jobs.Schedule(TrimInboxesJob, jobs.Cron("20 3 * * *", "UTC"), TrimInboxesInput{}),
				jobs.Schedule(RemoveDeletedReadersJob, jobs.Cron("40 3 * * *", "UTC"), RemoveDeletedReadersInput{}),
			},
		},
	}
}
