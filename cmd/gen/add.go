package main

import (
	"strings"

	"example.com/pergola/cmd/gen/internal/misuse"
)

// found is what a command would add, and whether it is there.
type found struct {
	place    place
	piece    piece
	needs    string   // the package of core without which it means nothing
	declares []string // the names that it needs for itself
	exists   bool
	notes    []string

	arrow string // the feature that is listened to; "" for none
}

// addPiece plans what a command adds, unless it is there.
func addPiece(c *call, find func(*call) (found, error)) error {
	f, err := find(c)
	if err != nil || f.exists {
		return err
	}
	if err := f.place.needs(f.needs); err != nil {
		return err
	}
	if err := f.place.free(f.declares...); err != nil {
		return err
	}
	if err := f.place.freeFiles(f.piece.files); err != nil {
		return err
	}
	if f.arrow != "" && f.arrow != f.place.Feature {
		if err := allowArrows(c, f.place.Feature, []string{f.arrow}); err != nil {
			return err
		}
	}
	c.notes = append(c.notes, f.notes...)
	return f.piece.putIn(c.tree)
}

// removePiece plans that it is gone, if nobody has edited it.
func removePiece(c *call, find func(*call) (found, error)) error {
	f, err := find(c)
	if err != nil {
		return err
	}
	if !f.exists {
		return nil
	}
	edited, err := f.piece.edited(c.tree)
	if err != nil {
		return err
	}
	if len(edited) > 0 {
		return &leftError{edited}
	}
	if err := f.piece.takeOut(c.tree); err != nil {
		return err
	}
	if f.arrow == "" || f.arrow == f.place.Feature {
		return nil
	}
	return dropArrow(c, f.place.Feature, f.arrow)
}

// leftError says why something is left as it is.
type leftError struct{ edited []string }

func (e *leftError) Error() string {
	return "it is left as it is, because it was edited or made by hand: " + strings.Join(e.edited, ", ")
}

// clash is a misuse about something that exists and is not the same.
func clash(what, is string) error {
	return misuse.New("there is %s already, and it is %s: take another name, or change it by hand", what, is)
}
