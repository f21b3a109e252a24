package notifications

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/database"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/feature"
	"example.com/pergola/features/accounts"
	"example.com/pergola/features/blog"
)

// sampleReaders are the sample users, with their number of unread notifications.
// The last one sends the announcement.
var sampleReaders = []struct {
	email  string
	unread int
	digest bool
}{
	{"ada@example.com", 0, false},
	{"grace@example.com", 2, true},
	{"alan@example.com", 1, false},
}

// SeedNotifications creates notifications for the sample users in development:
// an announcement and the sample articles, most of them read. It does nothing if
// there are announcements already or a sample user is missing. It updates no
// open pages.
type SeedNotifications func(ctx context.Context) error

// NewSeedNotifications makes the seed.
func NewSeedNotifications(
	db *database.DB, inboxes *Inboxes, digests *Digests, announcements *Announcements,
	findByEmail accounts.FindByEmail, listArticles blog.ListArticles, now feature.Clock,
) SeedNotifications {
	return func(ctx context.Context) error {
		readers, err := findSampleReaders(ctx, findByEmail)
		if err != nil || len(readers) == 0 {
			return err
		}
		page, err := listArticles(ctx, blog.ListArticlesInput{})
		if err != nil {
			return fmt.Errorf("find the sample articles: %w", err)
		}
		s := samples{inboxes: inboxes, digests: digests, readers: readers, now: now.Now()}
		return db.InTx(ctx, func(ctx context.Context) error {
			latest, err := announcements.Latest(ctx, 1)
			if err != nil || len(latest) > 0 {
				return err
			}
			announcement := s.announcement()
			if _, added, err := announcements.Add(ctx, announcement); err != nil || !added {
				return err // not added: another process that starts now has just done so
			}
			notices := []sampleNotice{{Notice: announcementNotice(announcementSent(announcement))}}
			return s.deliver(ctx, append(notices, sampleArticles(page.Articles)...))
		})
	}
}

// findSampleReaders returns the sample users in the order of sampleReaders, or
// none if one is missing.
func findSampleReaders(ctx context.Context, findByEmail accounts.FindByEmail) ([]auth.User, error) {
	readers := make([]auth.User, 0, len(sampleReaders))
	for _, sample := range sampleReaders {
		reader, err := findByEmail(ctx, sample.email)
		if fault.KindOf(err) == fault.NotFound {
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("find sample user %s: %w", sample.email, err)
		}
		readers = append(readers, reader.Identity())
	}
	return readers, nil
}

// samples creates the sample notifications.
type samples struct {
	inboxes *Inboxes
	digests *Digests
	readers []auth.User
	now     time.Time
}

// announcement has a fixed ID, so that only one of two processes that start at
// once adds it.
func (s samples) announcement() Announcement {
	admin := s.readers[len(s.readers)-1]
	return Announcement{
		ID:         uuid.NewSHA1(uuid.NameSpaceURL, []byte("notifications/welcome")).String(),
		Title:      "Welcome to the garden",
		Text:       "New articles appear on every open page as they are published.\nYour notifications list the ones you missed.",
		SenderID:   admin.ID,
		SenderName: admin.Name,
		SentAt:     s.now.Add(-100 * time.Hour),
	}
}

// deliver delivers the notices in the order of their times, and marks all but
// the newest ones of each reader as read.
func (s samples) deliver(ctx context.Context, notices []sampleNotice) error {
	slices.SortFunc(notices, func(a, b sampleNotice) int { return a.At.Compare(b.At) })
	for _, notice := range notices {
		if _, err := s.inboxes.Deliver(ctx, notice.Notice, s.idsExcept(notice.except)); err != nil {
			return err
		}
	}
	for i, sample := range sampleReaders {
		if err := s.markAllButRead(ctx, s.readers[i].ID, sample.unread); err != nil {
			return err
		}
		if err := s.digests.SetSubscribed(ctx, s.readers[i].ID, sample.digest); err != nil {
			return err
		}
	}
	return nil
}

type sampleNotice struct {
	Notice
	except string // the user who caused it
}

func sampleArticles(articles []blog.Teaser) (notices []sampleNotice) {
	for _, article := range articles {
		notices = append(notices, sampleNotice{except: article.AuthorID, Notice: Notice{
			Kind: KindArticle, SourceID: article.ID, Title: article.Title, Text: article.Excerpt,
			URL: article.URL(), ActorName: article.AuthorName, At: article.PublishedAt,
		}})
	}
	return notices
}

// idsExcept returns the sorted IDs of the readers without this one.
func (s samples) idsExcept(except string) (ids []string) {
	for _, reader := range s.readers {
		if reader.ID != except {
			ids = append(ids, reader.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

func (s samples) markAllButRead(ctx context.Context, readerID string, unread int) error {
	found, err := s.inboxes.List(ctx, readerID, "", KeptPerReader)
	if err != nil {
		return err
	}
	for _, notification := range found[min(unread, len(found)):] {
		if _, _, err := s.inboxes.MarkRead(ctx, readerID, notification.ID, s.now); err != nil {
			return err
		}
	}
	return nil
}
