package main

import (
	"strings"

	"example.com/pergola/cmd/gen/internal/inventory"
	"example.com/pergola/cmd/gen/internal/misuse"
	"example.com/pergola/cmd/gen/internal/names"
)

// place is a feature that something is added to.
type place struct {
	Module  string
	Feature string
	inv     *inventory.Inventory
	c       *call
}

// findPlace finds the feature of this name. It fails with a misuse if there is
// none.
func findPlace(c *call, feature string) (place, error) {
	inv, err := inventory.Read(c.tree)
	if err != nil {
		return place{}, err
	}
	if !inv.HasFeature(feature) {
		return place{}, misuse.New("there is no feature %q: there are %s", feature, strings.Join(inv.Features(), ", "))
	}
	module, err := modulePath(c)
	return place{Module: module, Feature: feature, inv: inv, c: c}, err
}

// file is a file of the feature.
func (p place) file(name string) string { return "features/" + p.Feature + "/" + name }

// front is the file with Feature and its Manifest.
func (p place) front() string { return p.file(p.Feature + ".go") }

// free fails with a misuse if the feature declares one of these names already.
func (p place) free(declared ...string) error {
	for _, name := range declared {
		if file := p.inv.Declared(p.Feature, name); file != "" {
			return misuse.New("%s declares %s already: take another name", file, name)
		}
	}
	return nil
}

// freeFiles fails with a misuse if a file is there already.
func (p place) freeFiles(files []rendered) error {
	for _, file := range files {
		if p.c.tree.Exists(file.path) {
			return misuse.New("there is a file %s already: take another name", file.path)
		}
	}
	return checkFiles(files)
}

// standsAlone is the feature on which a project stands that has no realtime, no
// events and no jobs: see unreachable in architecture_test.go.
const standsAlone = "accounts"

// needs fails with a misuse if the feature cannot have this package of core.
func (p place) needs(pkg string) error {
	if pkg == "" {
		return nil
	}
	if p.Feature == standsAlone {
		return misuse.New("%s stands without core/%s, so that a slim project can be made of it: let another feature do this", standsAlone, pkg)
	}
	if files, err := p.c.tree.List("core/" + pkg); err != nil || len(files) > 0 {
		return err
	}
	return misuse.New("this project has no core/%s: bring it back first with `./task gen -- core-package %s`", pkg, pkg)
}

// manifest is how a test makes the feature's manifest.
func (p place) manifest() string { return "(&" + p.Feature + ".Feature{}).Manifest()" }

// namedIn reads a name of something inside of the feature.
func namedIn(what, text string) (names.Name, error) { return names.ParseIn(what, text) }
