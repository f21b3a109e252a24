package main

import (
	"example.com/pergola/cmd/gen/internal/anchors"
	"example.com/pergola/cmd/gen/internal/names"
	"example.com/pergola/cmd/gen/internal/source"
)

// assemblyFile lists all features.
const assemblyFile = "cmd/web/features.go"

// assemble adds the feature to the application.
func assemble(c *call, feature string) error {
	content, err := c.tree.Read(assemblyFile)
	if err != nil {
		return err
	}
	module, err := modulePath(c)
	if err != nil {
		return err
	}
	for _, line := range assembly(feature) {
		if content, err = anchors.Insert(content, line.anchor, line.text); err != nil {
			return err
		}
	}
	if content, err = source.AddImport(content, module, module+"/features/"+feature); err != nil {
		return err
	}
	return c.tree.Write(assemblyFile, content)
}

// anchored is a line, and the anchor above which it goes.
type anchored struct {
	anchor anchors.Anchor
	text   string
}

// assembly returns the lines of a feature in the application.
func assembly(feature string) []anchored {
	field := names.Of(feature).Exported()
	return []anchored{
		{anchors.FeatureFields, field + " *" + feature + ".Feature"},
		{anchors.FeatureManifests, "f." + field + ".Manifest(),"},
		{anchors.FeatureSets, feature + ".Set,"},
		{anchors.FeatureDevSeedSets, feature + ".DevSeedSet,"},
	}
}
