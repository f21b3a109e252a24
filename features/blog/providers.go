package blog

import "github.com/google/wire"

// Set builds the feature. The application and other features provide its other
// dependencies.
var Set = wire.NewSet(
	wire.Struct(new(Feature), "*"),
	NewArticles,
	NewRenderer,
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

// DevSeedSet builds the feature for development.
var DevSeedSet = wire.NewSet(Set)
