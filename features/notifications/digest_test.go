package notifications_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"example.com/pergola/core/app/apptest"
	"example.com/pergola/core/auth"
	"example.com/pergola/core/auth/authtest"
	"example.com/pergola/core/jobs/jobstest"
	"example.com/pergola/core/mail"
	"example.com/pergola/features/blog"
	"example.com/pergola/features/notifications"
)

// monday is 7:15 in Berlin on the day when the digest of firstWeek is sent.
var monday = time.Date(2026, 3, 2, 6, 15, 0, 0, time.UTC)

// newWeek is a fixture on a Monday morning, with these readers subscribed.
func newWeek(t testing.TB, s stores, readers ...auth.User) *fixture {
	t.Helper()
	o := newFixture(s)
	o.clock.at = monday
	for _, reader := range readers {
		want(t, s, true, reader.ID)
	}
	return o
}

// publishAt publishes an article by Ada and notifies readers.
func (o *fixture) publishAt(t testing.TB, title string, at time.Time) blog.ArticlePublished {
	t.Helper()
	published := articleBy(ada, title)
	published.PublishedAt = at
	o.blog.add(published)
	o.deliver(t, published)
	return published
}

// sendDigests runs what the schedule starts.
func (o *fixture) sendDigests(t testing.TB) {
	t.Helper()
	if err := errors.Join(jobstest.Work(t, o.Manifest(), notifications.PlanDigestsJob, notifications.DueDigests{}), o.work(t)); err != nil {
		t.Fatalf("send digests: %v", err)
	}
}

func TestDigest_listsWhatAReaderMissed(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	o := newWeek(t, s, grace, ada)
	o.publishAt(t, "Too old", time.Date(2026, 2, 22, 22, 59, 0, 0, time.UTC)) // Sunday in Berlin
	o.publishAt(t, "Frost", time.Date(2026, 2, 22, 23, 0, 0, 0, time.UTC))    // Monday in Berlin
	seen := o.publishAt(t, "Read already", monday.Add(-48*time.Hour))
	o.publishAt(t, "Mulch & <more>", monday.Add(-24*time.Hour))
	o.publishAt(t, "Too new", time.Date(2026, 3, 1, 23, 0, 0, 0, time.UTC))
	found, _ := o.inboxOf(t, grace)
	read := found[slices.IndexFunc(found, func(n notifications.Notification) bool { return n.SourceID == seen.ArticleID })]
	if _, err := o.MarkRead(authtest.As(t, grace), read.ID); err != nil {
		t.Fatal(err)
	}
	o.clock.at = monday.Add(-72 * time.Hour)
	o.announce(t, "Down on Sunday", "From 8\nto 9")
	o.clock.at = monday

	o.sendDigests(t)

	sent := o.mails.SentTo(grace.Email)
	if len(sent) != 1 || len(o.mails.SentTo(alan.Email)) != 0 {
		t.Fatalf("Grace got %d emails, Alan %d; want 1 and none", len(sent), len(o.mails.SentTo(alan.Email)))
	}
	message := sent[0]
	if message.Subject != "Your week at Pergola: 2 articles and 1 announcement" || message.ID != "digest-2026-03-02-"+grace.ID {
		t.Errorf("the email is %q, %q", message.Subject, message.ID)
	}
	key := strings.TrimPrefix(message.UnsubscribeURL, "https://pergola.test/notifications/digest?key=")
	text := "Hello Grace,\n\nHere's what you missed from 23 February to 1 March 2026.\n\n" +
		"* Mulch & <more>, by Ada\n  About Mulch & <more>\n  https://pergola.test/articles/mulching\n\n" +
		"* Frost, by Ada\n  About Frost\n  https://pergola.test/articles/mulching\n\n" +
		"* Announcement: Down on Sunday\n  From 8\n  to 9\n\n" +
		"All your notifications: https://pergola.test/notifications\n\n--\n" +
		"You're receiving this email because you subscribed to the weekly digest. We send it on Mondays, unless there is nothing new.\n" +
		"Unsubscribe: https://pergola.test/notifications/digest?key=" + key + "\n"
	if message.Text != text {
		t.Errorf("the text is\n%s\nwant\n%s", message.Text, text)
	}
	html := documentOf(t, message)
	apptest.WantText(t, html, "h2", "Mulch & <more>FrostDown on Sunday")
	apptest.WantText(t, html, ".item > p:first-child", "Ada, 1 MarchAda, 23 FebruaryAnnouncement by Alan, 27 February")
	apptest.WantAttr(t, html, "h2 a", "href", "https://pergola.test/articles/mulching")
	apptest.WantAttr(t, html, ".foot a", "href", message.UnsubscribeURL)
	// The digest leaves out the reader's own articles.
	if own := o.mails.SentTo(ada.Email); len(own) != 1 || own[0].Subject != "Your week at Pergola: 1 announcement" {
		t.Errorf("Ada got %+v", own)
	}
}

func documentOf(t testing.TB, message mail.Message) *goquery.Document {
	t.Helper()
	document, err := goquery.NewDocumentFromReader(strings.NewReader(message.HTML))
	if err != nil {
		t.Fatal(err)
	}
	return document
}

func TestDigest_isSentOnceAWeek(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	o := newWeek(t, s, grace)
	o.publishAt(t, "Frost", monday.Add(-24*time.Hour))

	o.sendDigests(t)
	digest := notifications.SendDigest{ReaderID: grace.ID, Week: firstWeek}
	again := jobstest.Work(t, o.Manifest(), notifications.SendDigestJob, digest)
	o.sendDigests(t) // at eight
	week := len(o.mails.Sent())
	o.publishAt(t, "Roses", monday.Add(48*time.Hour))
	o.clock.at = monday.AddDate(0, 0, 7)
	o.sendDigests(t)

	if again != nil || week != 1 || len(o.mails.Sent()) != 2 {
		t.Errorf("%v: sent %d emails in the first week, %d in two; want 1 and 2", again, week, len(o.mails.Sent()))
	}
}

func TestDigest_isRetriedIfSendingFails(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	o := newWeek(t, s, grace)
	o.publishAt(t, "Frost", monday.Add(-24*time.Hour))
	digest := notifications.SendDigest{ReaderID: grace.ID, Week: firstWeek}

	o.mails.Fail(errBroken)
	first := jobstest.Work(t, o.Manifest(), notifications.SendDigestJob, digest)
	o.mails.Fail(nil)
	second := jobstest.Work(t, o.Manifest(), notifications.SendDigestJob, digest)
	third := jobstest.Work(t, o.Manifest(), notifications.SendDigestJob, digest)

	if !errors.Is(first, errBroken) || errors.Join(second, third) != nil || len(o.mails.Sent()) != 1 {
		t.Errorf("attempts: %v, %v, %v; sent %d emails, want 1", first, second, third, len(o.mails.Sent()))
	}
}

func TestDigest_isNotSentIfEmptyOrUnsubscribed(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	o := newWeek(t, s, grace, alan, ada)
	o.sendDigests(t)
	o.publishAt(t, "Late", monday.Add(-time.Hour*24))
	o.sendDigests(t) // at eight: the empty week is already claimed
	if sent := o.mails.Sent(); len(sent) != 0 {
		t.Errorf("sent %+v, want nothing in an empty week", sent)
	}

	o.clock.at = monday.AddDate(0, 0, 7)
	o.publishAt(t, "Frost", monday.Add(24*time.Hour))
	if err := jobstest.Work(t, o.Manifest(), notifications.PlanDigestsJob, notifications.DueDigests{}); err != nil {
		t.Fatal(err)
	}
	o.accounts.remove(alan)
	want(t, s, false, grace.ID)
	if err := o.work(t); err != nil {
		t.Fatal(err)
	}
	if sent := o.mails.Sent(); len(sent) != 0 {
		t.Errorf("sent %+v, want nothing to the deleted account, the unsubscribed reader and the author", sent)
	}
}

func TestDigest_isNotPlannedWhereEmailIsOff(t *testing.T) {
	t.Parallel()
	o := newWeek(t, newStores(t), grace)

	err := notifications.NewPlanDigests(o.digests, o.queue, mail.Off(), berlin, o.clock.now)(t.Context(), notifications.DueDigests{})

	if err != nil || len(o.queue.Entries()) != 0 {
		t.Errorf("%v: enqueued %v", err, o.queue.Entries())
	}
}

func TestDigest_isAJobForEachReader(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	o := newWeek(t, s)
	o.accounts.ids = newIDs(notifications.ReadersPerBatch + 1)
	want(t, s, true, o.accounts.ids...)

	err := jobstest.Work(t, o.Manifest(), notifications.PlanDigestsJob, notifications.DueDigests{})
	rest := jobstest.Enqueued(o.queue, notifications.PlanDigestsJob)
	first := len(jobstest.Enqueued(o.queue, notifications.SendDigestJob))
	if err != nil || len(rest) != 1 || first != notifications.ReadersPerBatch {
		t.Fatalf("%v: enqueued %d digests, and %+v", err, first, rest)
	}
	err = jobstest.Work(t, o.Manifest(), notifications.PlanDigestsJob, rest[0])

	digests := jobstest.Enqueued(o.queue, notifications.SendDigestJob)
	last := notifications.SendDigest{ReaderID: o.accounts.ids[notifications.ReadersPerBatch], Week: firstWeek}
	if err != nil || len(digests) != len(o.accounts.ids) || digests[len(digests)-1] != last {
		t.Errorf("%v: enqueued %d digests, at last %+v; want %d, at last %+v", err, len(digests), digests[len(digests)-1], len(o.accounts.ids), last)
	}
}

func TestDigest_runsAsJobs(t *testing.T) {
	t.Parallel()
	s := newWorkingSite(t)
	s.clock.at = monday
	want(t, s.stores, true, grace.ID)
	article := articleBy(ada, "Frost")
	article.PublishedAt = monday.Add(-24 * time.Hour)
	s.blog.add(article)

	if err := notifications.PlanDigestsJob.Enqueue(t.Context(), s.Queue, notifications.DueDigests{}); err != nil {
		t.Fatal(err)
	}
	s.Drain()

	if sent := s.mails.SentTo(grace.Email); len(sent) != 1 {
		t.Errorf("Grace got %d emails, want 1", len(sent))
	}
}

// A week begins at midnight in the time zone.
func TestDigest_usesTheTimeZone(t *testing.T) {
	t.Parallel()
	for at, want := range map[time.Time]notifications.Week{
		time.Date(2026, 3, 1, 22, 59, 0, 0, time.UTC): "2026-02-23", // Sunday, 23:59
		time.Date(2026, 3, 1, 23, 0, 0, 0, time.UTC):  "2026-03-02",
		time.Date(2026, 3, 8, 12, 0, 0, 0, time.UTC):  "2026-03-02",
		time.Date(2026, 3, 29, 22, 0, 0, 0, time.UTC): "2026-03-30", // summer has begun
	} {
		o := newWeek(t, newStores(t), grace)
		o.clock.at = at

		err := jobstest.Work(t, o.Manifest(), notifications.PlanDigestsJob, notifications.DueDigests{})

		if got := jobstest.Enqueued(o.queue, notifications.SendDigestJob); err != nil || len(got) != 1 || got[0].Week != want {
			t.Errorf("at %s got %+v, %v; want the week %s", at, got, err, want)
		}
	}
}

func TestDigest_limitsItsLength(t *testing.T) {
	t.Parallel()
	o := newWeek(t, newStores(t), grace)
	o.clock.at = monday.Add(-72 * time.Hour)
	for i := range 60 {
		published := articleBy(ada, fmt.Sprint(strings.Repeat("ä", 190), i))
		published.Summary, published.PublishedAt = strings.Repeat("&", 500), monday.Add(-24*time.Hour)
		o.blog.add(published)
		o.announce(t, strings.Repeat("<", notifications.MaxAnnouncementTitle), strings.Repeat("<", notifications.MaxAnnouncementText))
	}
	o.clock.at = monday

	o.sendDigests(t)

	sent := o.mails.SentTo(grace.Email)
	if len(sent) != 1 {
		t.Fatalf("sent %d emails, want 1", len(sent))
	}
	apptest.WantCount(t, documentOf(t, sent[0]), ".item h2", 20)
	if !strings.Contains(sent[0].Text, "And 45 more.") || !strings.Contains(sent[0].HTML, "And 45 more.") {
		t.Errorf("the email does not say how many articles it leaves out:\n%s", sent[0].Text)
	}
}
