package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// shop is an application that has everything that can be drawn.
var shop = application{
	Features: []feature{
		{
			Name:     "catalog",
			Routes:   []route{{"GET", "/"}, {"GET", "/books/{id}"}, {"POST", "/books/{id}"}, {"GET", "/admin/books/{id}"}},
			Channels: []channel{{Name: "catalog.book", Payload: "catalog.Book", Scope: "public"}, {Name: "catalog.looking", Payload: "catalog.Looking", Scope: "role:a|b", Inbound: true}},
			Events:   []event{{"catalog.book.saved", "catalog.BookSaved"}, {"catalog.unheard", "catalog.Unheard"}},
			Slots:    []slot{{"catalog.book.footer", []string{"orders"}}},
			Tables:   []string{"catalog_books"},
		},
		{
			Name:    "orders",
			Needs:   []string{"catalog"},
			Events:  []event{{"orders.<sent>", "orders.Sent"}},
			Handles: []handledEvent{{"catalog.book.saved", "orders.note"}},
			Jobs:    []job{{"orders.send", "orders.Send", []string{"0 7 * * * UTC"}}, {"orders.count", "orders.Count", nil}},
			Fills:   []string{"catalog.book.footer"},
		},
	},
	Bridge: []forwarding{{"catalog.book.saved", "catalog.book"}},
}

func TestFormats_containEverything(t *testing.T) {
	t.Parallel()
	everything := []string{
		"catalog", "catalog.book", "catalog.looking", "catalog.book.saved", "catalog.unheard", "catalog_books",
		"orders", "orders.note", "orders.send", "orders.count", "bridge", "/books", "catalog.book.footer",
	}
	for name, format := range map[string]func(application) []byte{"text": text, "markdown": markdown, "svg": svg, "json": asJSON} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			got := string(format(shop))

			for _, want := range everything {
				if !strings.Contains(got, want) {
					t.Errorf("got no %s in\n%s", want, got)
				}
			}
			if again := string(format(shop)); again != got {
				t.Error("the second result differs")
			}
		})
	}
}

func TestText_hasARowForEachEntry(t *testing.T) {
	t.Parallel()

	got := string(text(shop))

	want := `catalog
  route      GET                  /
             GET                  /books/{id}
             POST                 /books/{id}
             GET                  /admin/books/{id}
  channel    catalog.book         catalog.Book     public    out
             catalog.looking      catalog.Looking  role:a|b  out, in
  publishes  catalog.book.saved   catalog.BookSaved
             catalog.unheard      catalog.Unheard
  slot       catalog.book.footer  orders
  tables     catalog_books

orders
  needs      catalog
  publishes  orders.<sent>       orders.Sent
  handles    catalog.book.saved  orders.note
  job        orders.send         orders.Send  0 7 * * * UTC
             orders.count        orders.Count
  fills      catalog.book.footer
`
	if !strings.HasPrefix(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestSVG_isWellFormedAndDescribed(t *testing.T) {
	t.Parallel()
	picture := svg(shop)

	var elements []string
	decoder := xml.NewDecoder(bytes.NewReader(picture))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("not well-formed: %v\n%s", err, picture)
		}
		if element, ok := token.(xml.StartElement); ok {
			elements = append(elements, element.Name.Local)
		}
	}

	if !slices.Contains(elements, "title") || !slices.Contains(elements, "desc") {
		t.Errorf("elements = %v, want a title and a description", elements)
	}
	for _, want := range []string{"orders needs catalog.", "The bridge forwards catalog.book.saved to catalog.book.", "prefers-color-scheme: dark"} {
		if !strings.Contains(string(picture), want) {
			t.Errorf("the picture does not contain %q", want)
		}
	}
}

func TestSVG_isWideEnoughForItsArrows(t *testing.T) {
	t.Parallel()
	var crowd application
	for i := range 12 {
		f := feature{Name: fmt.Sprintf("f%d", i), Events: []event{{Name: fmt.Sprintf("f%d.changed", i)}}}
		for j := range i {
			f.Needs = append(f.Needs, fmt.Sprintf("f%d", j))
			f.Handles = append(f.Handles, handledEvent{Event: fmt.Sprintf("f%d.changed", j), Handler: f.Name + ".note"})
		}
		crowd.Features = append(crowd.Features, f)
	}

	picture := string(svg(crowd))

	var left, top, width, height int
	if _, err := fmt.Sscanf(picture[strings.Index(picture, "viewBox"):], `viewBox="%d %d %d %d"`, &left, &top, &width, &height); err != nil {
		t.Fatal(err)
	}
	if left > cardLeft-12*trackWidth || left+width < cardRight+12*trackWidth {
		t.Errorf("the picture is %d wide from %d, too narrow for its arrows", width, left)
	}
}

func TestMarkdown_escapesTableCells(t *testing.T) {
	t.Parallel()

	page := string(markdown(shop))

	if !strings.Contains(page, `role:a\|b`) || !strings.Contains(page, "GET, POST `/books/{id}`") {
		t.Errorf("page =\n%s", page)
	}
}

func TestWrite_leavesCurrentFilesAlone(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for _, folder := range []string{"docs/images", "features/orders"} {
		if err := os.MkdirAll(filepath.Join(root, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, content := range map[string]string{
		"go.mod": "module example.com/shop\n\ngo 1.26\n", "features/orders/orders.go": "package orders\n",
	} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	described, err := json.Marshal(shop)
	if err != nil {
		t.Fatal(err)
	}

	first := run(root, []string{"write"}, bytes.NewReader(described), io.Discard)
	before, _ := os.Stat(filepath.Join(root, "docs/map.gen.md"))
	second := run(root, []string{"write"}, bytes.NewReader(described), io.Discard)
	after, _ := os.Stat(filepath.Join(root, "docs/map.gen.md"))

	if first != nil || second != nil || before == nil || !before.ModTime().Equal(after.ModTime()) {
		t.Errorf("first %v, second %v, written again: %v", first, second, before != nil)
	}
	if _, err := os.Stat(filepath.Join(root, "docs/images/map.gen.svg")); err != nil {
		t.Error(err)
	}
	if err := run(root, []string{"haiku"}, bytes.NewReader(described), io.Discard); err == nil || !strings.Contains(err.Error(), "usage") {
		t.Errorf("an unknown form: %v", err)
	}
}
