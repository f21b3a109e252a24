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
	"example.com/pergola/features/blog" // <with:blog/>
)

// sampleReaders are the sample users, each with how many notifications they
// have not read. The announcement is the last one's.
var sampleReaders = []struct {
	email  string
	unread int
	digest bool
}{
	{"ada@example.com", 0, false},
	{"grace@example.com", 2, true},
	{"alan@example.com", 1, false},
}

// SeedNotifications makes the notifications that sample users start with in
// development: an announcement and the sample articles, most of them read. It
// does nothing if there are announcements already or a sample user is missing.
// Nobody's pages are told.
type SeedNotifications func(ctx context.Context) error

// NewSeedNotifications makes the seed.
func NewSeedNotifications(
	inboxes Inboxes, digests Digests, announcements Announcements, tx database.Transactor, findByEmail accounts.FindByEmail, now feature.Clock,
	listArticles blog.ListArticles, // <with:blog/>
) SeedNotifications {
	return func(ctx context.Context) error {
		readers, err := findSampleReaders(ctx, findByEmail)
		if err != nil || len(readers) == 0 {
			return err
		}
		// <with:blog>
		page, err := listArticles(ctx, blog.ListArticlesInput{})
		if err != nil {
			return fmt.Errorf("find the sample articles: %w", err)
		}
		// </with:blog>
		s := samples{inboxes: inboxes, digests: digests, readers: readers, now: storedTime(now)}
		return tx.InTx(ctx, func(ctx context.Context) error {
			latest, err := announcements.Latest(ctx, 1)
			if err != nil || len(latest) > 0 {
				return err
			}
			announcement := s.announcement()
			if _, added, err := announcements.Add(ctx, announcement); err != nil || !added {
				return err // not added: another process that starts now has just done so
			}
			notices := []sampleNotice{{Notice: noticeOf(sentFrom(announcement))}}
			notices = append(notices, sampleArticles(page.Articles)...) // <with:blog/>
			return s.deliver(ctx, notices)
		})
	}
}

// findSampleReaders finds them in the order of sampleReaders; none unless all
// are there.
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
		readers = append(readers, reader)
	}
	return readers, nil
}

// samples are notifications in the making.
type samples struct {
	inboxes Inboxes
	digests Digests
	readers []auth.User
	now     time.Time
}

// announcement has the same id at every start, so that of two processes that
// start at once only one adds it.
func (s samples) announcement() Announcement {
	admin := s.readers[len(s.readers)-1]
	return Announcement{
		ID:         uuid.NewSHA1(uuid.NameSpaceURL, []byte("notifications/welcome")).String(),
		Title:      "Welcome to the garden",
		Text:       "Whatever is published here shows at once on every open page.\nWhat you missed is on this one.",
		SenderID:   admin.ID,
		SenderName: admin.Name,
		SentAt:     s.now.Add(-100 * time.Hour),
	}
}

// deliver delivers in the order in which things happened, and marks as read
// what is further down than the sample says.
func (s samples) deliver(ctx context.Context, notices []sampleNotice) error {
	slices.SortFunc(notices, func(a, b sampleNotice) int { return a.At.Compare(b.At) })
	for _, notice := range notices {
		if _, err := s.inboxes.Deliver(ctx, notice.Notice, s.idsBut(notice.except)); err != nil {
			return err
		}
	}
	for i, sample := range sampleReaders {
		if err := s.readAllBut(ctx, s.readers[i].ID, sample.unread); err != nil {
			return err
		}
		if err := s.digests.Want(ctx, s.readers[i].ID, sample.digest); err != nil {
			return err
		}
	}
	return nil
}

type sampleNotice struct {
	Notice
	except string // whose doing it is
}

// <with:blog>

func sampleArticles(articles []blog.Teaser) (notices []sampleNotice) {
	for _, article := range articles {
		notices = append(notices, sampleNotice{except: article.AuthorID, Notice: Notice{
			Kind: KindArticle, SourceID: article.ID, Title: article.Title, Text: article.Excerpt,
			URL: article.URL(), ActorName: article.AuthorName, At: article.PublishedAt,
		}})
	}
	return notices
}

// </with:blog>

// idsBut are the ids of the readers but this one, in rising order.
func (s samples) idsBut(except string) (ids []string) {
	for _, reader := range s.readers {
		if reader.ID != except {
			ids = append(ids, reader.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

func (s samples) readAllBut(ctx context.Context, readerID string, unread int) error {
	found, err := s.inboxes.List(ctx, readerID, "", KeptPerReader)
	if err != nil {
		return err
	}
	for _, told := range found[min(unread, len(found)):] {
		if _, _, err := s.inboxes.MarkRead(ctx, readerID, told.ID, s.now); err != nil {
			return err
		}
	}
	return nil
}
