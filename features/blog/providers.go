package blog

import "github.com/google/wire"

// Set builds the feature on Postgres.
var Set = wire.NewSet(NewPostgresArticles, shared)

// DevSeedSet builds it in memory.
var DevSeedSet = wire.NewSet(NewMemoryArticles, shared)

// shared is what both have in common. Whatever else the feature needs comes
// from the edges of the application and from other features.
var shared = wire.NewSet(
	New,
	wire.Struct(new(Deps), "*"),
	NewComposer,
	NewListArticles,
	NewReadArticle,
	NewMayRead,
	NewListDesk,
	NewListDeskActivity,
	NewListDeskEditors,
	NewOpenArticle,
	NewWriteDraft,
	NewEditArticle,
	NewPreviewArticle,
	NewPublishArticle,
	NewUnpublishArticle,
	NewDeleteArticle,
	NewSeedArticles,
	// <gen:use-cases>
)
