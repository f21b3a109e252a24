package notifications

import (
	"context"
	"fmt"
	"strings"
	"time"

	"example.com/pergola/core/database"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/jobs"
	"example.com/pergola/core/mail"
	"example.com/pergola/core/observe"
	"example.com/pergola/features/accounts"
	"example.com/pergola/features/blog"
)

// PlanDigests enqueues a SendDigestJob for each reader whose digest of the week
// is due: one batch of readers, and a job for the next batch. It joins the
// transaction in the context. It does nothing where email is off.
type PlanDigests func(ctx context.Context, in DueDigests) error

// NewPlanDigests makes the use case.
func NewPlanDigests(digests *Digests, queue jobs.Queue, sender mail.Sender, zone feature.Zone, now feature.Clock) PlanDigests {
	return observe.Command("notifications.plan_digests", func(ctx context.Context, in DueDigests) error {
		if mail.IsOff(sender) {
			return nil
		}
		if in.Week == "" {
			in.Week = weekOf(now(), zone.Location())
		}
		due, err := digests.Due(ctx, in.Week, in.After, ReadersPerBatch)
		if err != nil {
			return err
		}
		for _, readerID := range due {
			digest := SendDigest{ReaderID: readerID, Week: in.Week}
			if err := SendDigestJob.Enqueue(ctx, queue, digest, jobs.UniqueBy(string(in.Week)+" "+readerID)); err != nil {
				return err
			}
		}
		if len(due) < ReadersPerBatch {
			return nil
		}
		return PlanDigestsJob.Enqueue(ctx, queue, DueDigests{Week: in.Week, After: due[len(due)-1]})
	})
}

// MailDigest sends a reader the digest of a week, once: the claim and the email
// are committed together. It sends nothing if the digest is empty, the account
// is deleted, or its email address is not confirmed.
type MailDigest func(ctx context.Context, in MailDigestInput) error

// MailDigestInput selects a digest.
type MailDigestInput struct {
	ReaderID string
	Week     Week
}

// NewMailDigest makes the use case.
func NewMailDigest(
	db *database.DB, digests *Digests, inboxes *Inboxes, listArticles blog.ListArticles,
	findVerified accounts.FindVerifiedUsers, sender mail.Sender, baseURL feature.BaseURL, zone feature.Zone,
) MailDigest {
	send := func(ctx context.Context, in MailDigestInput) error {
		key, due, err := digests.Claim(ctx, in.ReaderID, in.Week)
		if err != nil || !due {
			return err
		}
		found, err := findVerified(ctx, []string{in.ReaderID})
		if err != nil {
			return fmt.Errorf("find the reader: %w", err)
		}
		reader, exists := found[in.ReaderID]
		if !exists || mail.CheckAddress(reader.Email) != nil {
			return nil
		}
		digest, err := composeDigest(ctx, in, inboxes, listArticles, zone.Location())
		if err != nil || digest.empty() {
			return err
		}
		message, err := digestMessage(ctx, digest, in.ReaderID, reader.Name, key, baseURL)
		if err != nil {
			return err
		}
		message.To = reader.Email
		return sender.Send(ctx, message) // last: a Sender that stores nothing cannot be rolled back
	}
	return observe.Command("notifications.mail_digest", func(ctx context.Context, in MailDigestInput) error {
		err := db.InTx(ctx, func(ctx context.Context) error { return send(ctx, in) })
		if err != nil {
			return fmt.Errorf("mail the digest of %s to %s: %w", in.Week, in.ReaderID, err)
		}
		return nil
	})
}

// digestMessage is the email without its recipient.
func digestMessage(ctx context.Context, digest Digest, readerID, readerName, key string, baseURL feature.BaseURL) (mail.Message, error) {
	view := digestMail{Digest: digest, ReaderName: readerName, BaseURL: baseURL, UnsubscribeURL: baseURL.Absolute(digestURL(key))}
	var html strings.Builder
	if err := view.html().Render(ctx, &html); err != nil {
		return mail.Message{}, fmt.Errorf("render the digest: %w", err)
	}
	return mail.Message{
		ID:             "digest-" + string(digest.Week) + "-" + readerID,
		Subject:        view.subject(),
		Text:           view.text(),
		HTML:           html.String(),
		UnsubscribeURL: view.UnsubscribeURL,
	}, nil
}

// composeDigest collects what is new to a reader: public articles of others and
// announcements, except those whose notification the reader has read.
func composeDigest(ctx context.Context, in MailDigestInput, inboxes *Inboxes, listArticles blog.ListArticles, zone *time.Location) (Digest, error) {
	from, until, err := in.Week.span(zone)
	if err != nil {
		return Digest{}, fmt.Errorf("read the week: %w", err)
	}
	digest := Digest{Week: in.Week, From: from, Until: until}
	notified, err := inboxes.List(ctx, in.ReaderID, "", KeptPerReader)
	if err != nil {
		return Digest{}, err
	}
	read := map[string]bool{}
	for _, notification := range notified {
		switch {
		case !notification.Unread():
			read[notification.SourceID] = true
		case notification.Kind == KindAnnouncement && digest.covers(notification.At) && len(digest.Announcements) < announcementsInMail:
			digest.Announcements = append(digest.Announcements, notification)
		}
	}
	articles, err := articlesSince(ctx, from, listArticles)
	if err != nil {
		return Digest{}, err
	}
	for _, article := range articles {
		if digest.covers(article.PublishedAt) && !read[article.ID] && article.AuthorID != in.ReaderID {
			digest.Articles = append(digest.Articles, article)
		}
	}
	return digest, nil
}

// articlesSince returns the public articles since a time, newest first.
func articlesSince(ctx context.Context, from time.Time, listArticles blog.ListArticles) (found []blog.Teaser, err error) {
	for after := ""; ; {
		page, err := listArticles(ctx, blog.ListArticlesInput{After: after})
		if err != nil {
			return nil, fmt.Errorf("find the articles of the week: %w", err)
		}
		for _, article := range page.Articles {
			if article.PublishedAt.Before(from) {
				return found, nil
			}
			found = append(found, article)
		}
		if after = page.Next; after == "" {
			return found, nil
		}
	}
}
