package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"example.com/pergola/cmd/gen/internal/tree"
	"example.com/pergola/cmd/gen/templates"
)

// checksums is the file .generated.json of a generated feature: the command, and
// the checksums of the files as they were generated, so that edited ones are
// known. In a feature without it, every file counts as edited.
type checksums struct {
	Command string            `json:"command"`
	Files   map[string]string `json:"files"` // by path
}

func checksumFile(feature string) string { return "features/" + feature + "/.generated.json" }

func readChecksums(t *tree.Tree, feature string) (checksums, bool, error) {
	content, err := t.Read(checksumFile(feature))
	if errors.Is(err, fs.ErrNotExist) {
		return checksums{}, false, nil
	}
	if err != nil {
		return checksums{}, false, err
	}
	var sums checksums
	if err := json.Unmarshal(content, &sums); err != nil {
		return checksums{}, false, fmt.Errorf("read %s: %w", checksumFile(feature), err)
	}
	return sums, true, sums.followRenumbered(t)
}

// followRenumbered finds migrations that got another number, because a branch had
// the same one.
func (sums checksums) followRenumbered(t *tree.Tree) error {
	migrations, err := t.List("migrations")
	if err != nil {
		return err
	}
	for file, sum := range maps.Clone(sums.Files) {
		if !strings.HasPrefix(file, "migrations/") || slices.Contains(migrations, file) {
			continue
		}
		for _, other := range migrations {
			if _, recorded := sums.Files[other]; !recorded && withoutNumber(other) == withoutNumber(file) {
				delete(sums.Files, file)
				sums.Files[other] = sum
				break
			}
		}
	}
	return nil
}

func withoutNumber(migration string) string {
	return strings.TrimLeft(path.Base(migration), "0123456789")
}

// writeChecksums plans the file for a feature, from the planned files.
func writeChecksums(t *tree.Tree, feature, command string, files []templates.File) error {
	sums := checksums{Command: command, Files: map[string]string{}}
	for _, file := range files {
		content, err := t.Read(file.Path)
		if err != nil {
			return err
		}
		sums.Files[file.Path] = checksum(content)
	}
	return sums.write(t, feature)
}

func (sums checksums) write(t *tree.Tree, feature string) error {
	content, err := json.MarshalIndent(sums, "", "  ")
	if err != nil {
		return err
	}
	return t.Write(checksumFile(feature), append(content, '\n'))
}

func checksum(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:8])
}
