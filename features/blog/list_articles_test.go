package blog_test

import (
	"fmt"
	"testing"

	"example.com/pergola/core/auth/authtest"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/fault/faulttest"
	"example.com/pergola/features/blog"
)

func TestListArticles_pagesThroughEverything(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	const count = 2*blog.ArticlesPerPage + 1
	for i := range count {
		f.publish(t, f.draft(t, fmt.Sprintf("Article %d", i)))
	}

	var titles []string
	var sizes []int
	for after := ""; ; {
		page, err := f.ListArticles(authtest.As(t, visitor), blog.ListArticlesInput{After: after})
		if err != nil {
			t.Fatalf("list after %q: %v", after, err)
		}
		sizes = append(sizes, len(page.Articles))
		for _, article := range page.Articles {
			titles = append(titles, article.Title)
		}
		if after = page.Next; after == "" {
			break
		}
	}

	if fmt.Sprint(sizes) != fmt.Sprint([]int{blog.ArticlesPerPage, blog.ArticlesPerPage, 1}) {
		t.Errorf("pages have %v articles", sizes)
	}
	for i, title := range titles {
		if want := fmt.Sprintf("Article %d", count-1-i); title != want {
			t.Fatalf("number %d is %q, want %q", i, title, want)
		}
	}
}

func TestListArticles_hasNoNextPageAfterAFullLastOne(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for i := range blog.ArticlesPerPage {
		f.publish(t, f.draft(t, fmt.Sprintf("Article %d", i)))
	}

	page, err := f.ListArticles(authtest.As(t, visitor), blog.ListArticlesInput{})

	if err != nil || len(page.Articles) != blog.ArticlesPerPage || page.Next != "" {
		t.Errorf("%d articles and next %q, %v", len(page.Articles), page.Next, err)
	}
}

func TestListArticles_isStableWhileArticlesArePublished(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for i := range blog.ArticlesPerPage + 2 {
		f.publish(t, f.draft(t, fmt.Sprintf("Article %d", i)))
	}
	first, err := f.ListArticles(authtest.As(t, visitor), blog.ListArticlesInput{})
	if err != nil {
		t.Fatal(err)
	}
	f.publish(t, f.draft(t, "New"))

	second, err := f.ListArticles(authtest.As(t, visitor), blog.ListArticlesInput{After: first.Next})

	if err != nil || len(second.Articles) != 2 || second.Articles[0].Title != "Article 1" {
		t.Errorf("second page is %+v, %v; want articles 1 and 0", second.Articles, err)
	}
}

func TestListArticles_rejectsAnInvalidCursor(t *testing.T) {
	t.Parallel()
	f := newFixture(t)

	_, err := f.ListArticles(authtest.As(t, visitor), blog.ListArticlesInput{After: "page-2"})

	faulttest.Want(t, err, fault.Invalid)
}
