package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"example.com/pergola/cmd/gen/internal/anchors"
)

const guide = "../../docs/guides/generators.md"

var (
	shellBlock  = regexp.MustCompile("(?ms)^ *```sh\n(.*?)^ *```")
	genCommand  = regexp.MustCompile(`(?m)^ *\./task gen -- (.*)$`)
	anchorTable = regexp.MustCompile("(?m)^\\| `// <gen:([a-z-]+)>` \\| `([A-Za-z_/.]+)`.*\\| (.*?)(?: <!-- .* -->)? \\|$")
)

// moreGuides show commands, too, in this order.
var moreGuides = []string{"add-a-feature", "add-a-channel", "receive-client-messages", "notify-another-feature", "run-a-job"}

func readGuides(t *testing.T) string {
	t.Helper()
	all := readGuide(t)
	for _, name := range moreGuides {
		content, err := os.ReadFile("../../docs/guides/" + name + ".md")
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		all += "\n" + string(content)
	}
	return all
}

func readGuide(t *testing.T) string {
	t.Helper()
	content, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// guideCommands returns the commands in the guides: those that add something, and
// those that undo it.
func guideCommands(t *testing.T) (made, undone []string) {
	t.Helper()
	for _, block := range shellBlock.FindAllStringSubmatch(readGuides(t), -1) {
		for _, line := range genCommand.FindAllStringSubmatch(block[1], -1) {
			if slices.Contains(made, line[1]) {
				continue
			}
			if strings.HasPrefix(line[1], destroy+" ") {
				undone = append(undone, line[1])
			} else {
				made = append(made, line[1])
			}
		}
	}
	if len(made) < 9 || len(undone) < 2 {
		t.Fatalf("the guide shows %q and %q: are its blocks still found?", made, undone)
	}
	return made, undone
}

func TestGuide_showsEveryCommand(t *testing.T) {
	t.Parallel()
	made, _ := guideCommands(t)
	for _, cmd := range commands() {
		shown := slices.ContainsFunc(made, func(line string) bool { return strings.HasPrefix(line, cmd.name+" ") })
		if cmd.undo != nil && !shown {
			t.Errorf("the guide shows no %q", cmd.name)
		}
	}
}

func TestGuide_listsEveryAnchor(t *testing.T) {
	t.Parallel()
	listed := map[string][2]string{}
	for _, row := range anchorTable.FindAllStringSubmatch(readGuide(t), -1) {
		listed[row[1]] = [2]string{row[2], row[3]}
	}
	all := append(anchors.OfFeature(), anchors.OfApplication()...)
	for _, anchor := range all {
		if got, want := listed[anchor.Name], [2]string{anchor.File, anchor.Place}; got != want {
			t.Errorf("the guide lists <gen:%s> with %q, want %q", anchor.Name, got, want)
		}
	}
	if len(listed) != len(all) {
		t.Errorf("the guide lists %d anchors, want %d", len(listed), len(all))
	}
}
