// Package anchors knows the comments in the code that mark where the generator
// writes:
//
//	// <gen:events>
//
// What is inserted stands above the anchor, which stays: the next insertion
// goes between the two. Each anchor stands exactly once in its file, on a line
// of its own. Where one is missing, nothing is guessed: a MissingError says
// what to paste where.
package anchors

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// Anchor is one of the marks.
type Anchor struct {
	Name  string // "events", without the brackets
	File  string // where it stands; for those of a feature, the name of the file in its folder
	Place string // where in the file, for who has to put it back
}

// Line is the anchor as it is pasted.
func (a Anchor) Line() string { return "// <gen:" + a.Name + ">" }

// In is the anchor of a feature as it stands in that feature's folder.
func (a Anchor) In(feature string) Anchor {
	a.File = "features/" + feature + "/" + a.File
	return a
}

// The anchors of every feature.
var (
	RealtimeChannels = Anchor{"realtime-channels", "channels.go", "after the last channel and its payload"}
	RealtimeHandlers = Anchor{"realtime-handlers", "channel_handlers.go", "after the last handler"}
	Events           = Anchor{"events", "events.go", "after the last event and its payload"}
	EventHandlers    = Anchor{"event-handlers", "event_handlers.go", "after the last handler"}
	Jobs             = Anchor{"jobs", "jobs.go", "after the last job and its payload"}
	JobHandlers      = Anchor{"job-handlers", "job_handlers.go", "after the last handler"}
	UseCases         = Anchor{"use-cases", "providers.go", "as the last line inside of the set that Set and DevSeedSet share"}
)

// The anchors of the application.
var (
	FeatureFields      = Anchor{"feature-fields", "cmd/web/features.go", "in the struct Features, after the last feature"}
	FeatureManifests   = Anchor{"feature-manifests", "cmd/web/features.go", "in the method Manifests, after the last feature's"}
	FeatureSets        = Anchor{"feature-sets", "cmd/web/features.go", "as the last line inside of featureSet"}
	FeatureDevSeedSets = Anchor{"feature-dev-seed-sets", "cmd/web/features.go", "as the last line inside of featureDevSeedSet"}
	Bridge             = Anchor{"bridge", "cmd/web/bridge.go", "as the last line of the list in bridgeRules"}
)

// OfFeature are the anchors that every feature carries from birth.
func OfFeature() []Anchor {
	return []Anchor{RealtimeChannels, RealtimeHandlers, Events, EventHandlers, Jobs, JobHandlers, UseCases}
}

// OfApplication are the anchors outside of features.
func OfApplication() []Anchor {
	return []Anchor{FeatureFields, FeatureManifests, FeatureSets, FeatureDevSeedSets, Bridge}
}

// Known reports whether there is an anchor of this name.
func Known(name string) bool {
	return slices.ContainsFunc(append(OfFeature(), OfApplication()...), func(a Anchor) bool { return a.Name == name })
}

// MissingError says that an anchor does not stand once in its file.
type MissingError struct {
	Anchor Anchor
	Found  int
}

func (e *MissingError) Error() string {
	if e.Found > 1 {
		return fmt.Sprintf("%s has the anchor `%s` %d times: keep the one %s", e.Anchor.File, e.Anchor.Line(), e.Found, e.Anchor.Place)
	}
	return fmt.Sprintf("%s has lost its anchor: paste the line `%s` %s", e.Anchor.File, e.Anchor.Line(), e.Anchor.Place)
}

// Insert returns the source with the text above the anchor, indented as the
// anchor is. A text of several lines (declarations) is set off by an empty
// line. It fails with a MissingError.
func Insert(source []byte, anchor Anchor, text string) ([]byte, error) {
	start, err := find(source, anchor)
	if err != nil {
		return nil, err
	}
	text = strings.Trim(text, "\n")
	indent := source[lineStart(source, start):start]
	if len(bytes.Trim(indent, " \t")) > 0 {
		return nil, &MissingError{Anchor: anchor}
	}
	before, after := source[:lineStart(source, start)], source[lineStart(source, start):]
	if len(indent) > 0 {
		var lines strings.Builder
		for line := range strings.SplitSeq(text, "\n") {
			lines.Write(indent)
			lines.WriteString(line + "\n")
		}
		return slices.Concat(before, []byte(lines.String()), after), nil
	}
	return insertDeclarations(source, start, text), nil
}

// insertDeclarations sets off what is inserted at the top level. A comment that
// the anchor ends (as in a file that says what goes there) stays whole.
func insertDeclarations(source []byte, start int, text string) []byte {
	before, after := source[:start], source[start:]
	trimmed := bytes.TrimRight(before, "\n")
	if cut, inComment := bytes.CutSuffix(trimmed, []byte("\n//")); inComment {
		trimmed = cut
	}
	return slices.Concat(trimmed, []byte("\n\n"+text+"\n\n"), after)
}

// Remove returns the source without the text that Insert put above the anchor,
// and whether it was there, once and as it was inserted.
func Remove(source []byte, text string) ([]byte, bool) {
	text = strings.Trim(text, "\n")
	lines := strings.Split(text, "\n")
	all := strings.Split(string(source), "\n")
	found := -1
	for i := 0; i+len(lines) <= len(all); i++ {
		if matches(all[i:i+len(lines)], lines) {
			if found >= 0 {
				return source, false
			}
			found = i
		}
	}
	if found < 0 {
		return source, false
	}
	end := found + len(lines)
	// What stood between two empty lines takes one of them along.
	if found > 0 && all[found-1] == "" && end < len(all) && all[end] == "" {
		end++
	}
	return []byte(strings.Join(slices.Concat(all[:found], all[end:]), "\n")), true
}

// matches compares lines without regard to the space in them, which gofmt
// decides.
func matches(got, want []string) bool {
	for i := range want {
		if !slices.Equal(strings.Fields(got[i]), strings.Fields(want[i])) {
			return false
		}
	}
	return true
}

// Count is how often the anchor stands in a source.
func Count(source []byte, anchor Anchor) int {
	return bytes.Count(source, []byte("<gen:"+anchor.Name+">"))
}

func find(source []byte, anchor Anchor) (int, error) {
	line := []byte(anchor.Line())
	if n := Count(source, anchor); n != 1 || !bytes.Contains(source, line) {
		return 0, &MissingError{Anchor: anchor, Found: n}
	}
	return bytes.Index(source, line), nil
}

func lineStart(source []byte, at int) int { return bytes.LastIndexByte(source[:at], '\n') + 1 }
