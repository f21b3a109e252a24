package pagination_test

import (
	"slices"
	"testing"
	"time"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/pagination"
)

const id = "01900000-0000-7000-8000-00000000000a"

var march = time.Date(2026, 3, 1, 9, 0, 0, 123456000, time.UTC)

func TestParseCursor_readsWhatStringWrote(t *testing.T) {
	t.Parallel()
	for _, cursor := range []pagination.Cursor{{}, {At: march, ID: id}, {At: time.Date(1960, 1, 1, 0, 0, 0, 1000, time.UTC), ID: id}} {
		if got, err := pagination.ParseCursor(cursor.String()); err != nil || got != cursor {
			t.Errorf("ParseCursor(%q) = %+v, %v; want %+v", cursor.String(), got, err, cursor)
		}
	}
}

func TestParseCursor_rejectsOtherText(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"x", "!", "AAAA", "a.b",
		pagination.Cursor{At: march, ID: "no id"}.String(),
		pagination.Cursor{At: march, ID: "{" + id + "}"}.String(),
		pagination.Cursor{At: time.Date(12026, 1, 1, 0, 0, 0, 0, time.UTC), ID: id}.String(),
		pagination.Cursor{At: march, ID: id}.String() + "A",
	} {
		if got, err := pagination.ParseCursor(text); fault.KindOf(err) != fault.Invalid {
			t.Errorf("ParseCursor(%q) = %+v, %v; want fault.Invalid", text, got, err)
		}
	}
}

func TestCursor_positionAtTheStartSortsAboveEverything(t *testing.T) {
	t.Parallel()

	at, first := pagination.Cursor{}.Position()

	if !at.After(march) || first <= id {
		t.Errorf("position = %v, %s; want one above %v, %s", at, first, march, id)
	}
}

func TestCut_returnsTheNextCursorOnlyIfThereIsMore(t *testing.T) {
	t.Parallel()
	cursor := func(at time.Time) pagination.Cursor { return pagination.Cursor{At: at, ID: id} }
	items := []time.Time{march, march.Add(-time.Minute), march.Add(-time.Hour)}

	full, next := pagination.Cut(items, 2, cursor)
	last, none := pagination.Cut(items, 3, cursor)

	if want := cursor(items[1]).String(); !slices.Equal(full, items[:2]) || next != want {
		t.Errorf("Cut at 2 = %v, %q; want %v, %q", full, next, items[:2], want)
	}
	if !slices.Equal(last, items) || none != "" {
		t.Errorf("Cut at 3 = %v, %q; want all of them and no cursor", last, none)
	}
}
