package blog

import "github.com/google/wire"

// Set builds the feature. Whatever else it needs comes from the infrastructure
// of the application and from other features.
var Set = wire.NewSet(
	NewPostgresArticles,
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

// DevSeedSet builds it for development.
var DevSeedSet = wire.NewSet(Set)
