package main

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"strings"

	"example.com/pergola/cmd/gen/internal/anchors"
	"example.com/pergola/cmd/gen/internal/source"
	"example.com/pergola/cmd/gen/internal/tree"
)

// create plans an empty file of a feature, unless it exists.
func create(t *tree.Tree, file string) error {
	feature, inFeature := strings.CutPrefix(path.Dir(file), "features/")
	if t.Exists(file) || !inFeature {
		return nil
	}
	if err := t.Write(file, []byte("package "+feature+"\n")); err != nil {
		return err
	}
	return updateChecksums(t, file, func(sums checksums, sum string) { sums.Files[file] = sum })
}

// removeEmpty plans to remove a file of a feature if it is empty.
func removeEmpty(t *tree.Tree, file string) error {
	content, err := t.Read(file)
	if err != nil || !strings.HasPrefix(file, "features/") {
		return err
	}
	if empty, err := source.Empty(content); err != nil || !empty {
		return err
	}
	if err := updateChecksums(t, file, func(sums checksums, _ string) { delete(sums.Files, file) }); err != nil {
		return err
	}
	return t.Remove(file)
}

// change plans to change an existing file. If it was as generated, it still counts
// as generated.
func change(t *tree.Tree, file string, how func([]byte) ([]byte, error)) error {
	before, err := t.Read(file)
	if err != nil {
		return err
	}
	after, err := how(before)
	if err != nil {
		var missing *anchors.MissingError
		if errors.As(err, &missing) {
			return err
		}
		return fmt.Errorf("%s: %w", file, err)
	}
	if bytes.Equal(before, after) {
		return nil
	}
	if err := t.Write(file, after); err != nil {
		return err
	}
	return updateChecksum(t, file, before)
}

// updateChecksum updates the checksum of a file that was as generated.
func updateChecksum(t *tree.Tree, file string, before []byte) error {
	return updateChecksums(t, file, func(sums checksums, sum string) {
		if sums.Files[file] == checksum(before) {
			sums.Files[file] = sum
		}
	})
}

// updateChecksums changes the checksums of the file's feature, if it is
// generated. The function receives those of the feature, and that of the planned
// file.
func updateChecksums(t *tree.Tree, file string, how func(sums checksums, sum string)) error {
	feature, inFeature := strings.CutPrefix(path.Dir(file), "features/")
	if !inFeature {
		return nil
	}
	sums, exists, err := readChecksums(t, feature)
	if err != nil || !exists {
		return err
	}
	content, err := t.Read(file)
	if err != nil {
		return err
	}
	how(sums, checksum(content))
	return sums.write(t, feature)
}
