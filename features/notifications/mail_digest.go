package notifications

import (
	"context"
	"fmt"
	"strings"
	"time"

	"example.com/pergola/core/database"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/mail"
	"example.com/pergola/core/observe"
	"example.com/pergola/features/accounts"
	"example.com/pergola/features/blog" // <with:blog/>
)

// MailDigest sends a reader the digest of a week, once: what it decides, and
// that the mail is to be sent, are stored together. No mail is sent if there is
// nothing to tell, or nobody to tell it to: the reader is gone, or has not shown
// that the address is theirs.
type MailDigest func(ctx context.Context, in MailDigestInput) error

// MailDigestInput says whose digest, and which.
type MailDigestInput struct {
	ReaderID string
	Week     Week
}

// digestDeps is what a digest is made of.
type digestDeps struct {
	digests       Digests
	inboxes       Inboxes
	listArticles  blog.ListArticles // <with:blog/>
	findReachable accounts.FindReachable
	sender        mail.Sender
	baseURL       feature.BaseURL
	zone          *time.Location
}

// NewMailDigest makes the use case.
func NewMailDigest(
	digests Digests, inboxes Inboxes, tx database.Transactor,
	listArticles blog.ListArticles, // <with:blog/>
	findReachable accounts.FindReachable, sender mail.Sender, baseURL feature.BaseURL, zone feature.Zone,
) MailDigest {
	deps := digestDeps{
		digests: digests, inboxes: inboxes, findReachable: findReachable, sender: sender, baseURL: baseURL, zone: zone.Location(),
		listArticles: listArticles, // <with:blog/>
	}
	return observe.Command("notifications.mail_digest", func(ctx context.Context, in MailDigestInput) error {
		err := tx.InTx(ctx, func(ctx context.Context) error { return deps.mail(ctx, in) })
		if err != nil {
			return fmt.Errorf("mail the digest of %s to %s: %w", in.Week, in.ReaderID, err)
		}
		return nil
	})
}

// mail sends last: a Sender that stores nothing has then done nothing that
// could be undone, unless the commit itself fails.
func (d digestDeps) mail(ctx context.Context, in MailDigestInput) error {
	key, due, err := d.digests.Claim(ctx, in.ReaderID, in.Week)
	if err != nil || !due {
		return err
	}
	found, err := d.findReachable(ctx, []string{in.ReaderID})
	if err != nil {
		return fmt.Errorf("find the reader: %w", err)
	}
	reader, exists := found[in.ReaderID]
	if !exists || mail.CheckAddress(reader.Email) != nil {
		return nil
	}
	digest, err := d.compose(ctx, in.ReaderID, in.Week)
	if err != nil || digest.empty() {
		return err
	}
	view := digestMail{Digest: digest, ReaderName: reader.Name, BaseURL: d.baseURL, StopURL: d.baseURL.Absolute(digestURL(key))}
	var html strings.Builder
	if err := view.html().Render(ctx, &html); err != nil {
		return fmt.Errorf("render the digest: %w", err)
	}
	return d.sender.Send(ctx, mail.Message{
		ID:             "digest-" + string(in.Week) + "-" + in.ReaderID,
		To:             reader.Email,
		Subject:        view.subject(),
		Text:           view.text(),
		HTML:           html.String(),
		UnsubscribeURL: view.StopURL,
	})
}

// compose finds what is news to a reader: articles of others that are public
// now, and announcements, but for what the reader was told of and has read.
func (d digestDeps) compose(ctx context.Context, readerID string, week Week) (digest Digest, err error) {
	digest.Week = week
	if digest.From, digest.Until, err = week.span(d.zone); err != nil {
		return Digest{}, fmt.Errorf("read the week: %w", err)
	}
	told, err := d.inboxes.List(ctx, readerID, "", KeptPerReader)
	if err != nil {
		return Digest{}, err
	}
	read := map[string]bool{}
	for _, notification := range told {
		switch {
		case !notification.Unread():
			read[notification.SourceID] = true
		case notification.Kind == KindAnnouncement && digest.tellsOf(notification.At) && len(digest.Announcements) < announcementsInMail:
			digest.Announcements = append(digest.Announcements, notification)
		}
	}
	// <with:blog>
	articles, err := d.articlesSince(ctx, digest.From)
	for _, article := range articles {
		if digest.tellsOf(article.PublishedAt) && !read[article.ID] && article.AuthorID != readerID {
			digest.Articles = append(digest.Articles, article)
		}
	}
	// </with:blog>
	return digest, err
}

// <with:blog>

// articlesSince are those that are public, the latest first.
func (d digestDeps) articlesSince(ctx context.Context, from time.Time) (found []blog.Teaser, err error) {
	for after := ""; ; {
		page, err := d.listArticles(ctx, blog.ListArticlesInput{After: after})
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

// </with:blog>
