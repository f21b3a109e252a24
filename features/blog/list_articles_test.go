package blog_test

import (
	"fmt"
	"testing"

	"example.com/pergola/core/fault"
	"example.com/pergola/features/blog"
)

func TestListArticles_goesThroughAllPages(t *testing.T) {
	t.Parallel()
	onEachStorage(t, func(t *testing.T, s storage) {
		d := newDesk(s)
		const count = 2*blog.ArticlesPerPage + 1
		for i := range count {
			d.publish(t, d.draft(t, fmt.Sprintf("Article %d", i)))
		}

		var titles []string
		var sizes []int
		for after := ""; ; {
			page, err := d.ListArticles(as(t, nobody), blog.ListArticlesInput{After: after})
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
			t.Errorf("the pages have %v articles", sizes)
		}
		for i, title := range titles {
			if want := fmt.Sprintf("Article %d", count-1-i); title != want {
				t.Fatalf("number %d is %q, want %q", i, title, want)
			}
		}
	})
}

func TestListArticles_hasNoNextPageWhenThisOneIsJustFull(t *testing.T) {
	t.Parallel()
	d := newDesk(inMemory(t))
	for i := range blog.ArticlesPerPage {
		d.publish(t, d.draft(t, fmt.Sprintf("Article %d", i)))
	}

	page, err := d.ListArticles(as(t, nobody), blog.ListArticlesInput{})

	if err != nil || len(page.Articles) != blog.ArticlesPerPage || page.Next != "" {
		t.Errorf("%d articles and next %q, %v", len(page.Articles), page.Next, err)
	}
}

func TestListArticles_isNotShiftedByWhatIsPublishedMeanwhile(t *testing.T) {
	t.Parallel()
	d := newDesk(inMemory(t))
	for i := range blog.ArticlesPerPage + 2 {
		d.publish(t, d.draft(t, fmt.Sprintf("Article %d", i)))
	}
	first, err := d.ListArticles(as(t, nobody), blog.ListArticlesInput{})
	if err != nil {
		t.Fatal(err)
	}
	d.publish(t, d.draft(t, "New"))

	second, err := d.ListArticles(as(t, nobody), blog.ListArticlesInput{After: first.Next})

	if err != nil || len(second.Articles) != 2 || second.Articles[0].Title != "Article 1" {
		t.Errorf("the second page is %+v, %v; want articles 1 and 0", second.Articles, err)
	}
}

func TestListArticles_refusesACursorThatIsNone(t *testing.T) {
	t.Parallel()
	d := newDesk(inMemory(t))

	_, err := d.ListArticles(as(t, nobody), blog.ListArticlesInput{After: "page-2"})

	wantFault(t, err, fault.Invalid)
}
