package anchors_test

import (
	"errors"
	"strings"
	"testing"

	"example.com/pergola/cmd/gen/internal/anchors"
)

const events = `package blog

// The events of this feature.

// <gen:events>

func after() {}
`

const set = `package blog

var shared = wire.NewSet(
	New,
	// <gen:use-cases>
)
`

func TestInsert_putsDeclarationsAboveTheAnchor(t *testing.T) {
	t.Parallel()
	source := []byte(events)
	for _, text := range []string{"var A = 1\n\ntype AA struct{}", "var B = 2"} {
		var err error
		if source, err = anchors.Insert(source, anchors.Events, text); err != nil {
			t.Fatal(err)
		}
	}

	want := "// The events of this feature.\n\nvar A = 1\n\ntype AA struct{}\n\nvar B = 2\n\n// <gen:events>\n\nfunc after() {}\n"
	if got := strings.TrimPrefix(string(source), "package blog\n\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestInsert_putsLinesAboveTheAnchorIndentedAsItIs(t *testing.T) {
	t.Parallel()

	source, err := anchors.Insert([]byte(set), anchors.UseCases, "NewPublish,")

	if err != nil || !strings.Contains(string(source), "\tNew,\n\tNewPublish,\n\t// <gen:use-cases>\n)") {
		t.Errorf("got\n%s, %v", source, err)
	}
}

func TestRemove_leavesNoTrace(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		source string
		anchor anchors.Anchor
		text   string
	}{
		{events, anchors.Events, "var A = 1\n\n// AA is.\ntype AA struct {\n\tB int\n}"},
		{set, anchors.UseCases, "NewPublish,"},
	} {
		inserted, err := anchors.Insert([]byte(tt.source), tt.anchor, tt.text)
		if err != nil {
			t.Fatal(err)
		}

		left, ok := anchors.Remove(inserted, tt.text)

		if !ok || string(left) != tt.source {
			t.Errorf("left is\n%s\nwant\n%s", left, tt.source)
		}
		if _, ok := anchors.Remove(left, tt.text); ok {
			t.Error("it is removed twice")
		}
		if _, ok := anchors.Remove([]byte(strings.Replace(string(inserted), "1", "2", 1)+"\n"+tt.text), "nowhere"); ok {
			t.Error("what is not there is removed")
		}
	}
}

func TestRemove_leavesWhatWasEdited(t *testing.T) {
	t.Parallel()
	inserted, err := anchors.Insert([]byte(events), anchors.Events, "var A = 1")
	if err != nil {
		t.Fatal(err)
	}
	edited := strings.Replace(string(inserted), "var A = 1", "var A = 2", 1)

	left, ok := anchors.Remove([]byte(edited), "var A = 1")

	if ok || string(left) != edited {
		t.Errorf("left is\n%s", left)
	}
}

func TestInsert_saysWhatToPasteWhere(t *testing.T) {
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
