package source_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/pergola/cmd/gen/internal/source"
)

const module = "example.com/pergola"

// entryFiles returns the entry files of all features.
func entryFiles(t *testing.T) map[string][]byte {
	t.Helper()
	folders, err := filepath.Glob("../../../../features/*")
	if err != nil || len(folders) == 0 {
		t.Fatalf("there are no features: %v", err)
	}
	found := map[string][]byte{}
	for _, folder := range folders {
		name := filepath.Base(folder)
		content, err := os.ReadFile(filepath.Join(folder, name+".go"))
		if err != nil {
			t.Fatal(err)
		}
		found[name] = content
	}
	return found
}

// The lists of a Manifest that this test adds to.
var (
	channels = source.List{Type: "realtime.Channels", Anchors: []string{"// <gen:realtime-channels>", "// <gen:realtime-handlers>"}}
	handlers = source.List{Type: "events.Handlers", Anchors: []string{"// <gen:event-handlers>"}}
	work     = source.List{Type: "jobs.Jobs", Anchors: []string{"// <gen:jobs>"}}
)

// Undoing additions to a Manifest, to Feature and to the imports restores the file.
func TestChanges_canBeUndone(t *testing.T) {
	t.Parallel()
	for name, content := range entryFiles(t) {
		text := content
		for _, step := range []func([]byte) ([]byte, error){
			func(b []byte) ([]byte, error) {
				return source.AddToList(b, channels, channels.Anchors[0], "TestChannel")
			},
			func(b []byte) ([]byte, error) {
				return source.AddToList(b, handlers, handlers.Anchors[0], `events.Handle(TestEvent, "x.y", f.onTest)`)
			},
			func(b []byte) ([]byte, error) { return source.AddToList(b, work, work.Anchors[0], "TestJob") },
			func(b []byte) ([]byte, error) { return source.AddUseCase(b, "TestSomething") },
			func(b []byte) ([]byte, error) { return source.AddImport(b, module, "encoding/xml") },
			func(b []byte) ([]byte, error) { return source.AddImport(b, module, "github.com/google/uuid") },
			func(b []byte) ([]byte, error) { return source.AddImport(b, module, module+"/features/zoo") },
		} {
			before := text
			var err error
			if text, err = step(text); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if again, err := step(text); err != nil || string(again) != string(text) {
				t.Errorf("%s: doing it twice changes something, %v", name, err)
			}
			if string(before) == string(text) {
				t.Errorf("%s: a step changes nothing", name)
			}
		}
		for _, step := range []func([]byte) ([]byte, error){
			func(b []byte) ([]byte, error) { return source.DropImport(b, module, module+"/features/zoo") },
			func(b []byte) ([]byte, error) { return source.DropImport(b, module, "github.com/google/uuid") },
			func(b []byte) ([]byte, error) { return source.DropImport(b, module, "encoding/xml") },
			func(b []byte) ([]byte, error) { return source.RemoveUseCase(b, "TestSomething") },
			func(b []byte) ([]byte, error) { return source.RemoveFromList(b, work, "TestJob") },
			func(b []byte) ([]byte, error) {
				return source.RemoveFromList(b, handlers, `events.Handle(TestEvent, "x.y", f.onTest)`)
			},
			func(b []byte) ([]byte, error) { return source.RemoveFromList(b, channels, "TestChannel") },
		} {
			var err error
			if text, err = step(text); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		if string(text) != string(content) {
			t.Errorf("%s: left is\n%s", name, text)
		}
	}
}

func TestAddImport_makesOneBlockInThreeGroups(t *testing.T) {
	t.Parallel()
	text := []byte("package a\n\n// Words.\n")
	for _, path := range []string{module + "/core/auth", "time", "github.com/google/uuid", "context", module + "/core/app"} {
		var err error
		if text, err = source.AddImport(text, module, path); err != nil {
			t.Fatal(err)
		}
	}

	want := "package a\n\nimport (\n\t\"context\"\n\t\"time\"\n\n\t\"github.com/google/uuid\"\n\n\t\"" + module + "/core/app\"\n\t\"" + module + "/core/auth\"\n)\n\n// Words.\n"
	if string(text) != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
}

func TestDropImport_keepsUsedImport(t *testing.T) {
	t.Parallel()
	text := []byte("package a\n\nimport \"time\"\n\nvar now = time.Now\n")

	kept, err := source.DropImport(text, module, "time")

	if err != nil || string(kept) != string(text) {
		t.Errorf("left is\n%s, %v", kept, err)
	}
}

func TestSetList_keepsOrder(t *testing.T) {
	t.Parallel()
	text := []byte("package p\n\nvar mayImport = map[string][]string{\n\t\"accounts\": {},\n\t\"notifications\": {\"accounts\", \"blog\"},\n}\n")

	added, err := source.SetList(text, "mayImport", "blog", []string{"accounts"})
	if err != nil {
		t.Fatal(err)
	}
	if a, b, c := strings.Index(string(added), `"accounts":`), strings.Index(string(added), `"blog":`), strings.Index(string(added), `"notifications":`); a > b || b > c {
		t.Errorf("got\n%s", added)
	}
	lists, err := source.Lists(added, "mayImport")
	if err != nil || len(lists) != 3 || len(lists["blog"]) != 1 || len(lists["notifications"]) != 2 {
		t.Errorf("the lists are %v, %v", lists, err)
	}
	left, err := source.SetList(added, "mayImport", "blog", nil)
	if lists, _ := source.Lists(left, "mayImport"); err != nil || len(lists) != 2 {
		t.Errorf("left are %v, %v", lists, err)
	}
}

func TestDefined_returnsAllNames(t *testing.T) {
	t.Parallel()
	names, err := source.Defined([]byte("package p\n\nimport \"net/url\"\n\ntype t struct{ field int }\n\nfunc f(param int) (result error) {\n\tlocal := 1\n\tfor key := range \"\" {\n\t\t_ = key\n\t}\n\t_ = local\n\treturn nil\n}\n"))
	for _, want := range []string{"url", "t", "field", "f", "param", "result", "local", "key"} {
		if !names[want] {
			t.Errorf("%s is not among %v, %v", want, names, err)
		}
	}
}
