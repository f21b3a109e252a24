package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/pergola/cmd/gen/internal/anchors"
	"example.com/pergola/cmd/gen/internal/misuse"
	"example.com/pergola/cmd/gen/internal/names"
	"example.com/pergola/cmd/gen/internal/source"
)

// featureCommand makes a whole feature.
func featureCommand() command {
	return command{
		name:    "feature",
		args:    "<name>",
		summary: "a whole feature: storage, use cases, pages, live list, tests",
		help: `
Makes a feature that is complete: its noun with rules, the use cases create,
list, read, edit and delete, storage in memory and on Postgres with a migration,
routes, pages with forms and inline errors, a list that is live in every open
browser, sample data, and tests of all of it. It stands in the application at
once, in the navigation of everybody who is signed in.

  ./task gen -- feature bookmarks --fields title:string,url:url,note:text?
  ./task gen -- feature library --noun book --fields title:string,pages:int,read_at:time?

The name becomes the package, the folder and the address: one lower-case word,
the plural of what it holds (bookmarks, of which each is a bookmark). Where it is
not, --noun says what one entry is called.

Kinds of fields: string (one line, at most 200 characters), text (many lines),
int, bool, time, url. With ? behind it a field may be left out. The first
string without ? is what the list shows.`,
		flags: func(set *flag.FlagSet) {
			set.String("fields", "title:string", "what people fill in: name:kind, with commas between (title:string unless set)")
			set.String("noun", "", "what one entry is called (the singular of the name unless set)")
		},
		plan: planFeature,
	}
}

func planFeature(_ context.Context, c *call) error {
	data, err := readFeature(c)
	if err != nil {
		return err
	}
	record, exists, err := readRecord(c.tree, data.Feature)
	if err != nil {
		return err
	}
	made := madeBy(data)
	if exists && record.Made == made {
		return nil
	}
	if exists {
		return misuse.New("there is a feature %s already, made by `%s`: destroy it first, or take another name", data.Feature, record.Made)
	}
	if err := checkFeature(c, data); err != nil {
		return err
	}
	files, err := renderFeature(c, &data)
	if err != nil {
		return err
	}
	for _, file := range files {
		if err := c.tree.Write(file.path, file.content); err != nil {
			return err
		}
	}
	if err := assemble(c, data.Feature); err != nil {
		return err
	}
	if err := allowArrows(c, data.Feature, []string{"accounts"}); err != nil {
		return err
	}
	c.note(fmt.Sprintf("It is at %s for everybody who is signed in. Its tests: go test ./features/%s/...", data.Path(), data.Feature))
	return writeRecord(c.tree, data.Feature, made, files)
}

// madeBy is the command that makes the same again.
func madeBy(data featureData) string {
	var fields []string
	for _, f := range data.Fields {
		fields = append(fields, f.String())
	}
	made := "feature " + data.Feature
	if data.Noun.Kebab() != names.Of(data.Feature).Singular().Kebab() {
		made += " --noun " + data.Noun.Kebab()
	}
	return made + " --fields " + strings.Join(fields, ",")
}

func readFeature(c *call) (featureData, error) {
	name, err := names.ParseFeature(c.args[0])
	if err != nil {
		return featureData{}, err
	}
	noun := names.Of(name.Flat()).Singular()
	if text := c.flag("noun"); text != "" {
		if noun, err = names.ParseIn("the noun", text); err != nil {
			return featureData{}, err
		}
	} else if _, err := names.ParseIn("the noun", noun.Kebab()); err != nil {
		return featureData{}, err
	}
	fields, err := parseFields(c.flag("fields"))
	if err != nil {
		return featureData{}, err
	}
	module, err := modulePath(c)
	if err != nil {
		return featureData{}, err
	}
	if noun.Plural().Kebab() == noun.Kebab() {
		return featureData{}, misuse.New("%q has no plural of its own: say with --noun what one entry is called, such as --noun %s", noun.Spoken(), noun.Then("entry").Kebab())
	}
	data := featureData{
		Module: module, Feature: name.Flat(), Live: c.tree.Exists("core/realtime/channel.go"),
		Noun: noun, Plural: noun.Plural(), Fields: fields,
		variable: noun.Unexported(), variables: noun.Plural().Unexported(),
	}
	data.Title = fields[slices.IndexFunc(fields, field.isTitle)]
	if len(data.Table()) > 50 {
		return featureData{}, misuse.New("the table would be called %s, which is %d characters long; at most 50 are possible", data.Table(), len(data.Table()))
	}
	return data, nil
}

var moduleLine = regexp.MustCompile(`(?m)^module\s+(\S+)`)

func modulePath(c *call) (string, error) {
	content, err := c.tree.Read("go.mod")
	if err != nil {
		return "", err
	}
	found := moduleLine.FindSubmatch(content)
	if found == nil {
		return "", errors.New("go.mod names no module")
	}
	return string(found[1]), nil
}

// checkFeature refuses what exists already under another name.
func checkFeature(c *call, data featureData) error {
	folders, err := c.tree.Folders("features")
	if err != nil {
		return err
	}
	for _, folder := range folders {
		if folder == data.Feature {
			return misuse.New("there is a feature %s already, which no generator made: take another name", folder)
		}
		routes, err := c.tree.Read("features/" + folder + "/routes.go")
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if taken := regexp.MustCompile(`"` + regexp.QuoteMeta(data.Path()) + `["/]`).Find(routes); taken != nil {
			return misuse.New("the feature %s answers at %s already: take another name", folder, data.Path())
		}
	}
	return checkTable(c, data.Table())
}

func checkTable(c *call, table string) error {
	files, err := c.tree.List("migrations")
	if err != nil {
		return err
	}
	for _, file := range files {
		content, err := c.tree.Read(file)
		if err != nil {
			return err
		}
		if path.Ext(file) == ".sql" && bytes.Contains(content, []byte("create table "+table+" (")) {
			return misuse.New("%s makes a table %s already: take another name", file, table)
		}
	}
	return nil
}

// renderFeature makes the files, with names of variables that mean nothing else
// in them.
func renderFeature(c *call, data *featureData) ([]rendered, error) {
	if err := avoidCollisions(data); err != nil {
		return nil, err
	}
	number, err := nextMigration(c)
	if err != nil {
		return nil, err
	}
	files, err := render("feature", map[string]string{"FEATURE": data.Feature, "NOUN": data.Noun.Snake(), "NOUNS": data.Plural.Snake(), "STORE": storeFile(*data), "NUMBER": number}, data)
	if err != nil {
		return nil, err
	}
	folder := "features/" + data.Feature + "/"
	for _, later := range addedLater {
		if slices.ContainsFunc(files, func(file rendered) bool { return file.path == folder+later }) {
			return nil, misuse.New("%q cannot be the noun: %s is for something else; say another with --noun", data.Noun.Kebab(), later)
		}
	}
	if err := checkFiles(files); err != nil {
		return nil, err
	}
	return files, checkDeclarations(*data, files)
}

// storeFile is the name of the store's file, which is not that of the entry
// file.
func storeFile(data featureData) string {
	if data.Plural.Snake() == data.Feature {
		return data.Feature + "_store"
	}
	return data.Plural.Snake()
}

// addedLater are the files that other commands create in a feature.
var addedLater = []string{"channel_handlers.go", "events.go", "event_handlers.go", "jobs.go", "job_handlers.go"}

// checkFiles refuses a noun that makes two files of one name, or one that Go
// would not build.
func checkFiles(files []rendered) error {
	seen := map[string]bool{}
	for _, file := range files {
		if seen[file.path] {
			return misuse.New("%s would be two files: take another --noun", file.path)
		}
		seen[file.path] = true
		stem, isGo := strings.CutSuffix(path.Base(file.path), ".go")
		if isGo {
			if err := names.CheckFile("part of a name", strings.TrimSuffix(stem, "_test")); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkDeclarations refuses a noun with which something is declared twice.
func checkDeclarations(data featureData, files []rendered) error {
	seen := map[string]bool{}
	for _, file := range files {
		if path.Ext(file.path) != ".go" || strings.HasSuffix(file.path, "_test.go") {
			continue
		}
		declared, err := source.Declared(file.content)
		if err != nil {
			return fmt.Errorf("the template of %s makes no Go: %w", file.path, err)
		}
		for _, name := range declared {
			if seen[name] {
				return misuse.New("%q cannot be the noun: the code would have two of the name %s; say another with --noun", data.Noun.Kebab(), name)
			}
			seen[name] = true
		}
	}
	return nil
}

// avoidCollisions renders the feature with words that nobody uses, and looks
// which names its code needs for itself.
func avoidCollisions(data *featureData) error {
	blank := *data
	blank.Feature = "qqfeature"
	blank.Noun, blank.Plural = names.Of("qqnoun"), names.Of("qqnouns")
	blank.variable, blank.variables = "qqnoun", "qqnouns"
	files, err := render("feature", nil, &blank)
	if err != nil {
		return err
	}
	inCode, inTests := map[string]bool{}, map[string]bool{}
	for _, file := range files {
		if path.Ext(file.path) != ".go" {
			continue
		}
		defined, err := source.Defined(file.content)
		if err != nil {
			return fmt.Errorf("the template of %s makes no Go: %w", file.path, err)
		}
		into := inCode
		if strings.HasSuffix(file.path, "_test.go") {
			into = inTests
		}
		for name := range defined {
			into[name] = true
		}
	}
	for _, name := range []string{data.Type(), data.Types(), data.Type() + "Page", data.Type() + "Activity"} {
		if inCode[name] {
			return misuse.New("%q cannot be the noun: the code of the feature uses the name %s for something else; say another with --noun", data.Noun.Kebab(), name)
		}
	}
	if inTests[data.Feature] {
		return misuse.New("%q cannot be the name of a feature: the code of every feature uses this name for something else", data.Feature)
	}
	for _, name := range []*string{&data.variable, &data.variables} {
		if inCode[*name] {
			*name = names.Of("one").Then(data.Noun.Words()...).Unexported()
		}
	}
	if data.variable == data.variables {
		data.variables = names.Of("all").Then(data.Plural.Words()...).Unexported()
	}
	return nil
}

var migrationNumber = regexp.MustCompile(`^(\d{14})_`)

// nextMigration returns the number of a new migration: the current time in UTC
// to the second, or one more than the latest migration if that is not earlier.
func nextMigration(c *call) (string, error) {
	files, err := c.tree.List("migrations")
	if err != nil {
		return "", err
	}
	latest := 0
	for _, file := range files {
		if found := migrationNumber.FindStringSubmatch(path.Base(file)); found != nil {
			n, _ := strconv.Atoi(found[1])
			latest = max(latest, n)
		}
	}
	now, err := strconv.Atoi(time.Now().UTC().Format("20060102150405"))
	return strconv.Itoa(max(now, latest+1)), err
}

// assemblyFile is the one that names features.
const assemblyFile = "cmd/web/features.go"

// assemble puts the feature into cmd/web/features.go.
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

// anchored is a text and where it goes.
type anchored struct {
	anchor anchors.Anchor
	text   string
}

// assembly is what names a feature in the application.
func assembly(feature string) []anchored {
	field := names.Of(feature).Exported()
	return []anchored{
		{anchors.FeatureFields, field + " *" + feature + ".Feature"},
		{anchors.FeatureManifests, "f." + field + ".Manifest(),"},
		{anchors.FeatureSets, feature + ".Set,"},
		{anchors.FeatureDevSeedSets, feature + ".DevSeedSet,"},
	}
}
