package blog

import (
	"context"
	"strconv"
	"strings"

	"github.com/gosimple/slug"
)

// The longest slug that is made of a title, in bytes; a number may follow.
const maxSlug = 80

// slugOf is the slug that a title asks for: "Über Bäume & Licht" becomes
// "uber-baume-and-licht".
func slugOf(title string) string {
	made := slug.Make(title)
	if len(made) > maxSlug {
		made = made[:maxSlug]
		if dash := strings.LastIndexByte(made, '-'); dash > 0 {
			made = made[:dash]
		}
	}
	if made = strings.Trim(made, "-_"); made == "" {
		return "article"
	}
	return made
}

// numbered is the n-th slug to try for a title: "mulching", "mulching-2" …
func numbered(wanted string, n int) string {
	if n == 1 {
		return wanted
	}
	return wanted + "-" + strconv.Itoa(n)
}

// settleSlug gives the article the slug of its title, with a number if another
// article has or had the same. A title that asks for the same slug as before
// leaves it alone. The former slug of an article that readers may know goes on
// leading to it; that of a mere draft is free again. It needs a transaction.
func settleSlug(ctx context.Context, articles Articles, article *Article, formerTitle string) error {
	wanted := slugOf(article.Title)
	if article.Slug != "" && slugOf(formerTitle) == wanted {
		return nil
	}
	claimed, err := articles.ClaimSlug(ctx, article.ID, wanted)
	if err != nil {
		return err
	}
	former := article.Slug
	article.Slug = claimed
	if former == "" || former == claimed || article.WasPublic() {
		return nil
	}
	return articles.ReleaseSlug(ctx, former)
}
