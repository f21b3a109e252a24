package main

import (
	"strings"

	"example.com/pergola/cmd/gen/internal/usage"
)

// addition is what a command adds to a feature or to cmd/web.
type addition struct {
	target   target
	code     code
	requires string   // the core package that it needs; "" for none
	declares []string // names that must be free
	imports  string   // another feature that it imports; "" for none
	exists   bool     // whether it was added before
	notes    []string
}

// add plans to add it, unless it exists.
func add(c *call, find func(*call) (addition, error)) error {
	a, err := find(c)
	if err != nil || a.exists {
		return err
	}
	if err := a.target.requireCore(a.requires); err != nil {
		return err
	}
	if err := a.target.checkNamesFree(a.declares...); err != nil {
		return err
	}
	if err := a.target.checkFilesFree(a.code.files); err != nil {
		return err
	}
	if a.importsFeature() {
		if err := allowImports(c, a.target.Feature, []string{a.imports}); err != nil {
			return err
		}
	}
	c.notes = append(c.notes, a.notes...)
	return a.code.add(c.tree)
}

// remove plans to remove it, if it is as it was generated.
func remove(c *call, find func(*call) (addition, error)) error {
	a, err := find(c)
	if err != nil || !a.exists {
		return err
	}
	edited, err := a.code.edited(c.tree)
	if err != nil {
		return err
	}
	if len(edited) > 0 {
		return &editedError{edited}
	}
	if err := a.code.remove(c.tree); err != nil || !a.importsFeature() {
		return err
	}
	return disallowImport(c, a.target.Feature, a.imports)
}

func (a addition) importsFeature() bool { return a.imports != "" && a.imports != a.target.Feature }

// editedError names the files that keep something from being removed.
type editedError struct{ files []string }

func (e *editedError) Error() string {
	return "nothing was removed, because these files were edited or written by hand: " + strings.Join(e.files, ", ")
}

// conflict is a usage error about something that exists and is different.
func conflict(what, is string) error {
	return usage.Errorf("%s exists already, as %s: choose another name, or change it by hand", what, is)
}
