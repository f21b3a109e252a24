package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"example.com/pergola/cmd/gen/internal/tree"
)

// record says what a feature was made of, and what its files were when the
// generator last wrote them: so it knows what somebody has edited since. It
// stands in the feature's folder; without it everything counts as written by
// hand.
type record struct {
	Made  string            `json:"made"`  // the command
	Files map[string]string `json:"files"` // fingerprints, by path
}

func recordFile(feature string) string { return "features/" + feature + "/.generated.json" }

func readRecord(t *tree.Tree, feature string) (record, bool, error) {
	content, err := t.Read(recordFile(feature))
	if errors.Is(err, fs.ErrNotExist) {
		return record{}, false, nil
	}
	if err != nil {
		return record{}, false, err
	}
	var r record
	if err := json.Unmarshal(content, &r); err != nil {
		return record{}, false, fmt.Errorf("read %s: %w", recordFile(feature), err)
	}
	return r, true, nil
}

// writeRecord notes the files as they are planned.
func writeRecord(t *tree.Tree, feature, made string, files []rendered) error {
	r := record{Made: made, Files: map[string]string{}}
	for _, file := range files {
		content, err := t.Read(file.path)
		if err != nil {
			return err
		}
		r.Files[file.path] = fingerprint(content)
	}
	return r.write(t, feature)
}

func (r record) write(t *tree.Tree, feature string) error {
	content, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return t.Write(recordFile(feature), append(content, '\n'))
}

func fingerprint(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:8])
}
