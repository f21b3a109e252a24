package anchors_test

import (
	"errors"
	"strings"
	"testing"

	"example.com/pergola/cmd/gen/internal/anchors"
)

const events = `package blog

func before() {}

var A = 1

func after() {}
`

const set = `package blog

var shared = wire.NewSet(
	New,
	// <gen:use-cases>
)
`

func TestInsert_putsLineAboveAnchor(t *testing.T) {
	t.Parallel()

	source, err := anchors.Insert([]byte(set), anchors.UseCases, "NewPublish,")

	if err != nil || !strings.Contains(string(source), "\tNew,\n\tNewPublish,\n\t// <gen:use-cases>\n)") {
		t.Errorf("got\n%s, %v", source, err)
	}
}

func TestRemove_undoesInsert(t *testing.T) {
	t.Parallel()
	inserted, err := anchors.Insert([]byte(set), anchors.UseCases, "NewPublish,")
	if err != nil {
		t.Fatal(err)
	}

	left, ok := anchors.Remove(inserted, "NewPublish,")

	if !ok || string(left) != set {
		t.Errorf("left is\n%s\nwant\n%s", left, set)
	}
	if _, ok := anchors.Remove(left, "NewPublish,"); ok {
		t.Error("removed the line twice")
	}
}

func TestRemove_removesOneOfTwoEmptyLines(t *testing.T) {
	t.Parallel()

	left, ok := anchors.Remove([]byte(events), "var A = 1")

	if want := "package blog\n\nfunc before() {}\n\nfunc after() {}\n"; !ok || string(left) != want {
		t.Errorf("left is\n%s\nwant\n%s", left, want)
	}
}

func TestRemove_keepsEditedText(t *testing.T) {
	t.Parallel()

	left, ok := anchors.Remove([]byte(events), "var A = 2")

	if ok || string(left) != events {
		t.Errorf("left is\n%s", left)
	}
}

func TestInsert_namesMissingAnchor(t *testing.T) {
	t.Parallel()
	for _, anchor := range append(anchors.OfFeature(), anchors.OfApplication()...) {
		for found, source := range map[int]string{0: "package blog\n", 2: "package blog\n\n" + anchor.Line() + "\n\n" + anchor.Line() + "\n"} {
			_, err := anchors.Insert([]byte(source), anchor, "x")

			var missing *anchors.MissingError
			if !errors.As(err, &missing) || missing.Found != found {
				t.Fatalf("%s, %d times: %v", anchor.Name, found, err)
			}
			for _, part := range []string{anchor.File, anchor.Line(), anchor.Place} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
		}
	}
}
