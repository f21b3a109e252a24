// <with:blog/>

package notifications_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/jobs/jobstest"
	"example.com/pergola/core/mail"
	"example.com/pergola/features/blog"
	"example.com/pergola/features/notifications"
)

// monday is a quarter past seven in Berlin, of which the digest tells that of
// firstWeek.
var monday = time.Date(2026, 3, 2, 6, 15, 0, 0, time.UTC)

// newWeek is an office on a Monday morning, where these want the digest.
func newWeek(t testing.TB, s storage, readers ...auth.User) *office {
	t.Helper()
	o := newOffice(s)
	o.clock.at = monday
	for _, reader := range readers {
		want(t, s, true, reader.ID)
	}
	return o
}

// publishAt has Ada publish an article, of which the notifications hear.
func (o *office) publishAt(t testing.TB, title string, at time.Time) blog.ArticlePublished {
	t.Helper()
	published := articleBy(ada, title)
	published.PublishedAt = at
	o.shelf.put(published)
	o.hear(t, published)
	return published
}

// sendDigests does what the schedule begins.
func (o *office) sendDigests(t testing.TB) {
	t.Helper()
	if err := errors.Join(jobstest.Work(t, o.manifest(), notifications.PlanDigestsJob, notifications.PlannedDigests{}), o.work(t)); err != nil {
		t.Fatalf("send digests: %v", err)
	}
}

func TestDigest_tellsOnMondayWhatAReaderHasNotRead(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		o := newWeek(t, s, grace, ada)
		o.publishAt(t, "Too old", time.Date(2026, 2, 22, 22, 59, 0, 0, time.UTC)) // Sunday in Berlin
		o.publishAt(t, "Frost", time.Date(2026, 2, 22, 23, 0, 0, 0, time.UTC))    // Monday in Berlin
		seen := o.publishAt(t, "Read already", monday.Add(-48*time.Hour))
		o.publishAt(t, "Mulch & <more>", monday.Add(-24*time.Hour))
		o.publishAt(t, "Too new", time.Date(2026, 3, 1, 23, 0, 0, 0, time.UTC))
		found, _ := o.inboxOf(t, grace)
		read := found[slices.IndexFunc(found, func(n notifications.Notification) bool { return n.SourceID == seen.ArticleID })]
		if _, err := o.MarkRead(as(t, grace), read.ID); err != nil {
			t.Fatal(err)
		}
		o.clock.at = monday.Add(-72 * time.Hour)
		o.announce(t, "Down on Sunday", "From 8\nto 9")
		o.clock.at = monday

		o.sendDigests(t)

		sent := o.mails.SentTo(grace.Email)
		if len(sent) != 1 || len(o.mails.SentTo(alan.Email)) != 0 {
			t.Fatalf("Grace got %d mails, Alan %d; want 1 and none", len(sent), len(o.mails.SentTo(alan.Email)))
		}
		message := sent[0]
		if message.Subject != "Your week at Pergola: 2 articles and 1 announcement" || message.ID != "digest-2026-03-02-"+grace.ID {
			t.Errorf("the mail is %q, %q", message.Subject, message.ID)
		}
		key := strings.TrimPrefix(message.UnsubscribeURL, "https://pergola.test/notifications/digest?key=")
		text := "Hello Grace,\n\nThis is what happened from 23 February to 1 March 2026 that you have not read yet.\n\n" +
			"* Mulch & <more>, by Ada\n  About Mulch & <more>\n  https://pergola.test/articles/mulching\n\n" +
			"* Frost, by Ada\n  About Frost\n  https://pergola.test/articles/mulching\n\n" +
			"* Announcement: Down on Sunday\n  From 8\n  to 9\n\n" +
			"Everything you were told: https://pergola.test/notifications\n\n--\n" +
			"You get this mail because you asked for it. It comes on Mondays, when there is something to tell.\n" +
			"To stop it: https://pergola.test/notifications/digest?key=" + key + "\n"
		if message.Text != text {
			t.Errorf("the text is\n%s\nwant\n%s", message.Text, text)
		}
		html := documentOf(t, message)
		wantText(t, html, "h2", "Mulch & <more>FrostDown on Sunday")
		wantText(t, html, ".item > p:first-child", "Ada, 1 MarchAda, 23 FebruaryAnnouncement by Alan, 27 February")
		wantAttr(t, html, "h2 a", "href", "https://pergola.test/articles/mulching")
		wantAttr(t, html, ".foot a", "href", message.UnsubscribeURL)
		// Her own articles are no news to Ada.
		if own := o.mails.SentTo(ada.Email); len(own) != 1 || own[0].Subject != "Your week at Pergola: 1 announcement" {
			t.Errorf("Ada got %+v", own)
		}
	})
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
	onEachStorage(t, func(t *testing.T, s storage) {
		o := newWeek(t, s, grace)
		o.publishAt(t, "Frost", monday.Add(-24*time.Hour))

		o.sendDigests(t)
		digest := notifications.SendDigest{ReaderID: grace.ID, Week: firstWeek}
		again := jobstest.Work(t, o.manifest(), notifications.SendDigestJob, digest)
		o.sendDigests(t) // at eight
		week := len(o.mails.Sent())
		o.publishAt(t, "Roses", monday.Add(48*time.Hour))
		o.clock.at = monday.AddDate(0, 0, 7)
		o.sendDigests(t)

		if again != nil || week != 1 || len(o.mails.Sent()) != 2 {
			t.Errorf("%v: sent %d mails in the first week, %d in two; want 1 and 2", again, week, len(o.mails.Sent()))
		}
	})
}

func TestDigest_isTriedAgainIfItCannotBeSent(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		o := newWeek(t, s, grace)
		o.publishAt(t, "Frost", monday.Add(-24*time.Hour))
		digest := notifications.SendDigest{ReaderID: grace.ID, Week: firstWeek}

		o.mails.Fail(errBroken)
		first := jobstest.Work(t, o.manifest(), notifications.SendDigestJob, digest)
		o.mails.Fail(nil)
		second := jobstest.Work(t, o.manifest(), notifications.SendDigestJob, digest)
		third := jobstest.Work(t, o.manifest(), notifications.SendDigestJob, digest)

		if !errors.Is(first, errBroken) || errors.Join(second, third) != nil || len(o.mails.Sent()) != 1 {
			t.Errorf("attempts: %v, %v, %v; sent %d mails, want 1", first, second, third, len(o.mails.Sent()))
		}
	})
}

func TestDigest_isNotSentIfThereIsNothingToTellOrNobody(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		o := newWeek(t, s, grace, alan, ada)
		o.sendDigests(t)
		o.publishAt(t, "Late", monday.Add(-time.Hour*24))
		o.sendDigests(t) // at eight: nothing to tell was the decision of the week
		if sent := o.mails.Sent(); len(sent) != 0 {
			t.Errorf("sent %+v, want nothing in a week without news", sent)
		}

		o.clock.at = monday.AddDate(0, 0, 7)
		o.publishAt(t, "Frost", monday.Add(24*time.Hour))
		if err := jobstest.Work(t, o.manifest(), notifications.PlanDigestsJob, notifications.PlannedDigests{}); err != nil {
			t.Fatal(err)
		}
		o.people.leave(alan)
		want(t, s, false, grace.ID)
		if err := o.work(t); err != nil {
			t.Fatal(err)
		}
		if sent := o.mails.Sent(); len(sent) != 0 {
			t.Errorf("sent %+v, want nothing to who is gone, who wants none any more, and who wrote it all", sent)
		}
	})
}

func TestDigest_isNotPlannedWhereNoMailIsSent(t *testing.T) {
	t.Parallel()
	o := newWeek(t, inMemory(t), grace)

	err := notifications.NewPlanDigests(o.digests, o.queue, mail.Off(), berlin, o.clock.now)(t.Context(), notifications.PlannedDigests{})

	if err != nil || len(o.queue.Entries()) != 0 {
		t.Errorf("%v: enqueued %v", err, o.queue.Entries())
	}
}

func TestDigest_isAJobForEachReader(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		o := newWeek(t, s)
		o.people.ids = newIDs(notifications.ReadersPerBatch + 1)
		want(t, s, true, o.people.ids...)

		err := jobstest.Work(t, o.manifest(), notifications.PlanDigestsJob, notifications.PlannedDigests{})
		rest := jobstest.Enqueued(o.queue, notifications.PlanDigestsJob)
		first := len(jobstest.Enqueued(o.queue, notifications.SendDigestJob))
		if err != nil || len(rest) != 1 || first != notifications.ReadersPerBatch {
			t.Fatalf("%v: enqueued %d digests, and %+v", err, first, rest)
		}
		err = jobstest.Work(t, o.manifest(), notifications.PlanDigestsJob, rest[0])

		digests := jobstest.Enqueued(o.queue, notifications.SendDigestJob)
		last := notifications.SendDigest{ReaderID: o.people.ids[notifications.ReadersPerBatch], Week: firstWeek}
		if err != nil || len(digests) != len(o.people.ids) || digests[len(digests)-1] != last {
			t.Errorf("%v: enqueued %d digests, at last %+v; want %d, at last %+v", err, len(digests), digests[len(digests)-1], len(o.people.ids), last)
		}
	})
}

func TestDigest_runsWithTheJobs(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.clock.at = monday
	want(t, s.storage, true, grace.ID)
	article := articleBy(ada, "Frost")
	article.PublishedAt = monday.Add(-24 * time.Hour)
	s.shelf.put(article)

	if err := notifications.PlanDigestsJob.Enqueue(t.Context(), s.Queue, notifications.PlannedDigests{}); err != nil {
		t.Fatal(err)
	}
	s.Drain()

	if sent := s.mails.SentTo(grace.Email); len(sent) != 1 {
		t.Errorf("Grace got %d mails, want 1", len(sent))
	}
}

// The week begins on the clocks of the zone.
func TestDigest_knowsTheWeekOfItsZone(t *testing.T) {
	t.Parallel()
	for at, want := range map[time.Time]notifications.Week{
		time.Date(2026, 3, 1, 22, 59, 0, 0, time.UTC): "2026-02-23", // Sunday, 23:59
		time.Date(2026, 3, 1, 23, 0, 0, 0, time.UTC):  "2026-03-02",
		time.Date(2026, 3, 8, 12, 0, 0, 0, time.UTC):  "2026-03-02",
		time.Date(2026, 3, 29, 22, 0, 0, 0, time.UTC): "2026-03-30", // summer has begun
	} {
		o := newWeek(t, inMemory(t), grace)
		o.clock.at = at

		err := jobstest.Work(t, o.manifest(), notifications.PlanDigestsJob, notifications.PlannedDigests{})

		if got := jobstest.Enqueued(o.queue, notifications.SendDigestJob); err != nil || len(got) != 1 || got[0].Week != want {
			t.Errorf("at %s got %+v, %v; want the week %s", at, got, err, want)
		}
	}
}

func TestDigest_fitsIntoAMail(t *testing.T) {
	t.Parallel()
	o := newWeek(t, inMemory(t), grace)
	o.clock.at = monday.Add(-72 * time.Hour)
	for i := range 60 {
		published := articleBy(ada, fmt.Sprint(strings.Repeat("ä", 190), i))
		published.Summary, published.PublishedAt = strings.Repeat("&", 500), monday.Add(-24*time.Hour)
		o.shelf.put(published)
		o.announce(t, strings.Repeat("<", notifications.MaxAnnouncementTitle), strings.Repeat("<", notifications.MaxAnnouncementText))
	}
	o.clock.at = monday

	o.sendDigests(t)

	sent := o.mails.SentTo(grace.Email)
	if len(sent) != 1 {
		t.Fatalf("sent %d mails, want 1", len(sent))
	}
	wantCount(t, documentOf(t, sent[0]), ".item h2", 20)
	if !strings.Contains(sent[0].Text, "And 45 more.") || !strings.Contains(sent[0].HTML, "And 45 more.") {
		t.Errorf("the mail does not say how many more there are:\n%s", sent[0].Text)
	}
}
