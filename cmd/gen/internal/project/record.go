package project

import (
	"encoding/json"
	"slices"
)

// RecordFile says what a project was made from.
const RecordFile = "template.json"

// Record is the content of RecordFile.
type Record struct {
	Template string   `json:"template"`
	Version  string   `json:"version"` // as `git describe` names the template's commit
	Module   string   `json:"module"`
	Title    string   `json:"title"`
	Minimal  bool     `json:"minimal"`
	Features []string `json:"features"` // of the template, that the project has
}

// File returns the file.
func (r Record) File() (File, error) {
	if r.Features == nil {
		r.Features = []string{}
	}
	content, err := json.MarshalIndent(r, "", "  ")
	return File{Content: append(content, '\n'), Mode: 0o644}, err
}

// record returns the Record of a project; in the template there is none.
func (f Files) record() (r Record, ok bool) {
	err := json.Unmarshal(f[RecordFile].Content, &r)
	return r, err == nil
}

// isTemplateFeature reports whether a feature came with the template.
func (f Files) isTemplateFeature(feature string) bool {
	r, _ := f.record()
	return slices.Contains(r.Features, feature)
}

// recordFeatures changes the list of features in the Record.
func (f Files) recordFeatures(change func(features []string) []string) (err error) {
	if r, ok := f.record(); ok {
		r.Features = change(r.Features)
		f[RecordFile], err = r.File()
	}
	return err
}
