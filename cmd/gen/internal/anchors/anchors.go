// Package anchors finds the comments that mark where the generator writes:
//
//	// <gen:events>
//
// Generated code goes above the anchor, which stays where it is. Each anchor is
// in its file exactly once, on a line of its own. If one is missing, Insert does
// not guess: it fails with a MissingError that says which line to paste where.
package anchors

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// Anchor is one of these comments.
type Anchor struct {
	Name  string // such as "events"
	File  string // its file; for those of a feature, in the feature's folder
	Place string // where in the file, for the error message
}

// Line returns the comment.
func (a Anchor) Line() string { return "// <gen:" + a.Name + ">" }

// In returns the feature's own copy of an anchor that every feature has.
func (a Anchor) In(feature string) Anchor {
	a.File = "features/" + feature + "/" + strings.Replace(a.File, "FEATURE", feature, 1)
	return a
}

// The anchors of every feature. Those in FEATURE.go, the feature's entry file,
// are in its Manifest: each is the last line of its list, or, while the feature
// has no such list, it marks in Parts where the list will go.
var (
	RealtimeChannels = Anchor{"realtime-channels", "FEATURE.go", "in the Manifest's Parts: at the end of realtime.Channels{…}, if there is one"}
	RealtimeHandlers = Anchor{"realtime-handlers", "FEATURE.go", "in the Manifest's Parts: below the anchor realtime-channels"}
	Events           = Anchor{"events", "FEATURE.go", "in the Manifest's Parts: at the end of events.Events{…}, if there is one"}
	EventHandlers    = Anchor{"event-handlers", "FEATURE.go", "in the Manifest's Parts: at the end of events.Handlers{…}, if there is one"}
	Jobs             = Anchor{"jobs", "FEATURE.go", "in the Manifest's Parts: at the end of jobs.Jobs{…}, if there is one"}
	JobHandlers      = Anchor{"job-handlers", "FEATURE.go", "in the Manifest's Parts: at the end of jobs.Handlers{…}, if there is one"}
	UseCases         = Anchor{"use-cases", "providers.go", "as the last line of the set that Set and DevSeedSet share"}
)

// The anchors of the application.
var (
	FeatureFields      = Anchor{"feature-fields", "cmd/web/features.go", "in the struct Features, after the last feature"}
	FeatureManifests   = Anchor{"feature-manifests", "cmd/web/features.go", "in the method Manifests, after the last feature's"}
	FeatureSets        = Anchor{"feature-sets", "cmd/web/features.go", "as the last line of featureSet"}
	FeatureDevSeedSets = Anchor{"feature-dev-seed-sets", "cmd/web/features.go", "as the last line of featureDevSeedSet"}
	Bridge             = Anchor{"bridge", "cmd/web/bridge.go", "as the last line of the list in bridgeRules"}
)

// OfFeature returns the anchors that every feature has.
func OfFeature() []Anchor {
	return []Anchor{RealtimeChannels, RealtimeHandlers, Events, EventHandlers, Jobs, JobHandlers, UseCases}
}

// OfApplication returns the anchors outside of features.
func OfApplication() []Anchor {
	return []Anchor{FeatureFields, FeatureManifests, FeatureSets, FeatureDevSeedSets, Bridge}
}

// MissingError reports an anchor that is not in its file exactly once.
type MissingError struct {
	Anchor Anchor
	Found  int
}

func (e *MissingError) Error() string {
	if e.Found > 1 {
		return fmt.Sprintf("%s has the anchor `%s` %d times: keep the one %s", e.Anchor.File, e.Anchor.Line(), e.Found, e.Anchor.Place)
	}
	return fmt.Sprintf("%s has no anchor `%s`: add this line %s", e.Anchor.File, e.Anchor.Line(), e.Anchor.Place)
}

// Insert returns the source with a line of text above the anchor, indented as
// the anchor is. It fails with a MissingError.
func Insert(source []byte, anchor Anchor, text string) ([]byte, error) {
	start, err := find(source, anchor)
	if err != nil {
		return nil, err
	}
	line := lineStart(source, start)
	indent := source[line:start]
	if len(bytes.Trim(indent, " \t")) > 0 {
		return nil, &MissingError{Anchor: anchor}
	}
	return slices.Concat(source[:start], []byte(text+"\n"), indent, source[start:]), nil
}

// Remove returns the source without a text that was inserted, and reports whether
// it was there, once and unchanged.
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
	// Between two empty lines, remove one of them too.
	if found > 0 && all[found-1] == "" && end < len(all) && all[end] == "" {
		end++
	}
	return []byte(strings.Join(slices.Concat(all[:found], all[end:]), "\n")), true
}

// matches compares lines without their white space, which gofmt changes.
func matches(got, want []string) bool {
	for i := range want {
		if !slices.Equal(strings.Fields(got[i]), strings.Fields(want[i])) {
			return false
		}
	}
	return true
}

// Count returns how often the source has the anchor.
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
