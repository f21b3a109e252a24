package names_test

import (
	"strings"
	"testing"

	"example.com/pergola/cmd/gen/internal/names"
	"example.com/pergola/cmd/gen/internal/usage"
)

func TestParse_readsWordsInEveryForm(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"article-feed", "article_feed", "articleFeed", "ArticleFeed"} {
		name, err := names.Parse("a name", text)

		if err != nil || name.Kebab() != "article-feed" || name.Exported() != "ArticleFeed" || name.Unexported() != "articleFeed" ||
			name.Snake() != "article_feed" || name.Dotted() != "article.feed" || name.Flat() != "articlefeed" || name.Title() != "Article feed" {
			t.Errorf("%q is read as %q, %v", text, name.Words(), err)
		}
	}
}

func TestName_writesInitialisms(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][3]string{
		"user_id":  {"UserID", "userID", "userId"},
		"url":      {"URL", "url", "url"},
		"HTMLPage": {"HTMLPage", "htmlPage", "htmlPage"},
		"api_url":  {"APIURL", "apiURL", "apiUrl"},
		"idea":     {"Idea", "idea", "idea"},
	} {
		name, err := names.Parse("a name", text)
		if got := [3]string{name.Exported(), name.Unexported(), name.JSON()}; err != nil || got != want {
			t.Errorf("%s is %q, %v; want %q", text, got, err, want)
		}
	}
}

func TestName_pluralAndSingular(t *testing.T) {
	t.Parallel()
	for one, many := range map[string]string{
		"bookmark": "bookmarks", "category": "categories", "box": "boxes", "dish": "dishes", "day": "days", "person": "people",
		"child": "children", "reading-list": "reading-lists", "status": "statuses", "class": "classes", "recipe": "recipes",
		"index": "indexes", "photo": "photos", "hero": "heroes", "movie": "movies", "house": "houses", "address": "addresses",
		"zombie": "zombies", "maze": "mazes", "niche": "niches", "menu": "menus", "wiki": "wikis", "emoji": "emojis", "virus": "viruses",
		"cache": "caches", "lens": "lenses", "axis": "axes", "analysis": "analyses", "shelf": "shelves", "cookie": "cookies", "quiz": "quizzes",
		"size": "sizes", "database": "databases", "match": "matches", "pie": "pies", "shoe": "shoes", "license": "licenses",
	} {
		name, err := names.Parse("a name", one)
		if err != nil {
			t.Fatal(err)
		}
		if got := name.Plural().Kebab(); got != many {
			t.Errorf("many of %s are %s, want %s", one, got, many)
		}
		if got := name.Plural().Singular().Kebab(); got != one {
			t.Errorf("one of %s is %s, want %s", many, got, one)
		}
		if got := name.Singular().Kebab(); got != one {
			t.Errorf("one of one %s is %s", one, got)
		}
	}
}

func TestName_withArticle(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"bookmark": "a bookmark", "article": "an article", "user": "a user", "hour": "an hour", "url": "a url", "unicorn": "a unicorn",
		"update": "an update", "reading-list": "a reading list", "european": "a european",
	} {
		name, err := names.Parse("a name", text)
		if got := name.WithArticle(); err != nil || got != want {
			t.Errorf("%q, %v; want %q", got, err, want)
		}
	}
}

// Rejections are usage errors of one line.
func wantUsageError(t *testing.T, what, text string, err error) {
	t.Helper()
	if !usage.IsError(err) || strings.Contains(err.Error(), "\n") || len(err.Error()) < 20 {
		t.Errorf("%s %.40q is answered with %v, want one line that says why not", what, text, err)
	}
}

var noNames = []string{
	"", " ", "a b", "../etc", "..", ".", "/", "a/b", `a\b`, "features/blog", "a.b", "-a", "a-", "a--b", "_a", "a__b", "1a", "9", "a-1",
	"straße", "日本語", "ａ", "e\u0301", "a\x00b", "a\nb", "a;b", "$(x)", "a'b", `a"b`, "a%b", "ᴀ", "a\u200bb",
	strings.Repeat("a", 31), strings.Repeat("a", 200),
}

func TestParse_rejectsInvalidNames(t *testing.T) {
	t.Parallel()
	for _, text := range noNames {
		_, err := names.Parse("a name", text)
		wantUsageError(t, "the name", text, err)
		_, err = names.ParseFeature(text)
		wantUsageError(t, "the feature", text, err)
		_, err = names.ParseIn("a use case", text)
		wantUsageError(t, "the use case", text, err)
		_, err = names.ParseField(text)
		wantUsageError(t, "the field", text, err)
	}
}

func TestParseFeature_rejectsReservedNames(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"func", "type", "range", "go", "select", "package", "interface", // keywords
		"string", "len", "error", "nil", "true", "any", "append", "min", "iota", // predeclared
		"auth", "events", "jobs", "realtime", "feature", "context", "time", "http", "testing", "internal", "vendor", "main", "admin", "wire",
		"utils", "common", "helper", "misc", "types", "base",
		"linux", "windows", "amd64", "wasm", "test", // endings of file names
		"reading-list", "readingList",
	} {
		_, err := names.ParseFeature(text)
		wantUsageError(t, "the feature", text, err)
	}
}

func TestParseIn_rejectsNamesThatGoWouldNotBuild(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"func", "string", "run-test", "build-linux", "buildWindows", "compile_wasm", "make-js", "utils"} {
		_, err := names.ParseIn("a use case", text)
		wantUsageError(t, "the use case", text, err)
	}
}

func TestParseField_rejectsNamesInUse(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"order", "user", "group", "select", "id", "version", "created_at", "authorId", "i_d", "I-D", "author_i_d", "action", "submit"} {
		_, err := names.ParseField(text)
		wantUsageError(t, "the field", text, err)
	}
	for _, text := range []string{"type", "title", "readAt", "url", "string", "len"} {
		if _, err := names.ParseField(text); err != nil {
			t.Errorf("the field %q is rejected: %v", text, err)
		}
	}
}
