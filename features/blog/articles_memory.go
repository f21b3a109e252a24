package blog

import (
	"cmp"
	"context"
	"slices"

	"example.com/pergola/core/database"
)

// NewMemoryArticles keeps articles in memory, for development without a
// database and for tests. They are gone when the process ends.
func NewMemoryArticles(mem *database.Memory) Articles {
	return &memoryArticles{mem: mem, byID: map[string]Article{}, slugs: map[string]string{}}
}

type memoryArticles struct {
	mem   *database.Memory
	byID  map[string]Article
	slugs map[string]string // whose slug it is
}

func (m *memoryArticles) Add(ctx context.Context, article *Article) error {
	defer m.mem.Lock(ctx)()
	if _, exists := m.byID[article.ID]; exists {
		return errArticleExists()
	}
	article.Version = 1
	setInMemory(ctx, m.mem, m.byID, article.ID, *article)
	return nil
}

func (m *memoryArticles) Save(ctx context.Context, article *Article) error {
	defer m.mem.Lock(ctx)()
	if err := m.seenAt(article.ID, article.Version); err != nil {
		return err
	}
	article.Version++
	setInMemory(ctx, m.mem, m.byID, article.ID, *article)
	return nil
}

func (m *memoryArticles) Remove(ctx context.Context, id string, version int) error {
	defer m.mem.Lock(ctx)()
	if err := m.seenAt(id, version); err != nil {
		return err
	}
	for slug, owner := range m.slugs {
		if owner == id {
			deleteInMemory(ctx, m.mem, m.slugs, slug)
		}
	}
	deleteInMemory(ctx, m.mem, m.byID, id)
	return nil
}

func (m *memoryArticles) Find(ctx context.Context, id string) (Article, error) {
	defer m.mem.Lock(ctx)()
	article, ok := m.byID[id]
	if !ok {
		return Article{}, errNoArticle()
	}
	return article, nil
}

func (m *memoryArticles) FindBySlug(ctx context.Context, slug string) (Article, error) {
	defer m.mem.Lock(ctx)()
	article, ok := m.byID[m.slugs[slug]]
	if !ok {
		return Article{}, errNoArticle()
	}
	return article, nil
}

func (m *memoryArticles) ListPublished(ctx context.Context, after Cursor, limit int) ([]Teaser, error) {
	defer m.mem.Lock(ctx)()
	var teasers []Teaser
	for _, article := range m.byID {
		if article.State == StatePublished && after.before(article.PublishedAt, article.ID) {
			teasers = append(teasers, teaserOf(article))
		}
	}
	slices.SortFunc(teasers, func(a, b Teaser) int {
		return cmp.Or(b.PublishedAt.Compare(a.PublishedAt), cmp.Compare(b.ID, a.ID))
	})
	return teasers[:min(limit, len(teasers))], nil
}

func (m *memoryArticles) ListForDesk(ctx context.Context, state State, after Cursor, limit int) ([]DeskEntry, error) {
	defer m.mem.Lock(ctx)()
	var entries []DeskEntry
	for _, article := range m.byID {
		if (state == "" || article.State == state) && after.before(article.LastChange.At, article.ID) {
			entries = append(entries, deskEntryOf(article))
		}
	}
	slices.SortFunc(entries, func(a, b DeskEntry) int {
		return cmp.Or(b.LastChange.At.Compare(a.LastChange.At), cmp.Compare(b.ID, a.ID))
	})
	return entries[:min(limit, len(entries))], nil
}

func (m *memoryArticles) ClaimSlug(ctx context.Context, articleID, wanted string) (string, error) {
	defer m.mem.Lock(ctx)()
	for n := 1; ; n++ {
		slug := numbered(wanted, n)
		if owner, taken := m.slugs[slug]; taken && owner != articleID {
			continue
		}
		setInMemory(ctx, m.mem, m.slugs, slug, articleID)
		return slug, nil
	}
}

func (m *memoryArticles) ReleaseSlug(ctx context.Context, slug string) error {
	defer m.mem.Lock(ctx)()
	deleteInMemory(ctx, m.mem, m.slugs, slug)
	return nil
}

func (m *memoryArticles) seenAt(id string, version int) error {
	if stored, ok := m.byID[id]; !ok || stored.Version != version {
		return errArticleChanged()
	}
	return nil
}

func teaserOf(article Article) Teaser {
	return Teaser{
		ID:          article.ID,
		Slug:        article.Slug,
		Title:       article.Title,
		Excerpt:     article.Excerpt,
		AuthorID:    article.AuthorID,
		AuthorName:  article.AuthorName,
		PublishedAt: article.PublishedAt,
		ChangedAt:   article.LastChange.At,
	}
}

func deskEntryOf(article Article) DeskEntry {
	return DeskEntry{
		ID:         article.ID,
		Slug:       article.Slug,
		Title:      article.Title,
		AuthorName: article.AuthorName,
		State:      article.State,
		Version:    article.Version,
		LastChange: article.LastChange,
	}
}

// setInMemory and deleteInMemory change one entry of a map, and change it back
// if the transaction fails.
func setInMemory[K comparable, V any](ctx context.Context, mem *database.Memory, entries map[K]V, key K, value V) {
	undoInMemory(ctx, mem, entries, key)
	entries[key] = value
}

func deleteInMemory[K comparable, V any](ctx context.Context, mem *database.Memory, entries map[K]V, key K) {
	undoInMemory(ctx, mem, entries, key)
	delete(entries, key)
}

func undoInMemory[K comparable, V any](ctx context.Context, mem *database.Memory, entries map[K]V, key K) {
	former, existed := entries[key]
	mem.OnRollback(ctx, func() {
		if existed {
			entries[key] = former
		} else {
			delete(entries, key)
		}
	})
}
