package main

import (
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"

	"example.com/pergola/core/feature"
	"example.com/pergola/migrations"
)

// description lists what each feature publishes and handles, for tools such as
// tools/describe.
type description struct {
	Features []*featureDescription `json:"features"`
	Bridge   []forwarding          `json:"bridge"`
}

type featureDescription struct {
	Name     string           `json:"name"`
	Routes   []address        `json:"routes"`
	Channels []any            `json:"channels"`
	Events   []namedPayload   `json:"events"` // published
	Handles  []handledEvent   `json:"handles"`
	Jobs     []jobDescription `json:"jobs"`
	Slots    []pageSlot       `json:"slots"`  // on its pages, and filled by a feature
	Fills    []string         `json:"fills"`  // slots of others
	Tables   []string         `json:"tables"` // and views
}

type address struct {
	Method string `json:"method"`
	Path   string `json:"path"`
}

type namedPayload struct {
	Name    string `json:"name"`
	Payload string `json:"payload"`
}

// handledEvent is a handler of an event.
type handledEvent struct {
	Event   string `json:"event"`
	Handler string `json:"handler"`
}

type jobDescription struct {
	namedPayload
	Schedules []string `json:"schedules"`
}

// pageSlot is a slot, and the features that fill it.
type pageSlot struct {
	Name     string   `json:"name"`
	FilledBy []string `json:"filledBy"`
}

// forwarding is a rule of the bridge: an event that is broadcast.
type forwarding struct {
	Event   string `json:"event"`
	Channel string `json:"channel"`
}

func newDescription(packages Packages, manifests []feature.Manifest) (*description, error) {
	d := &description{Bridge: []forwarding{}}
	for _, manifest := range manifests {
		if manifest.Name == "bridge" || manifest.Name == "realtime" {
			continue // the bridge's rules are described separately; realtime only adds the connection status
		}
		routes, err := routesOf(manifest)
		if err != nil {
			return nil, err
		}
		d.Features = append(d.Features, &featureDescription{
			Name:     manifest.Name,
			Routes:   routes,
			Channels: []any{},
			Events:   []namedPayload{},
			Handles:  []handledEvent{},
			Jobs:     []jobDescription{},
			Slots:    []pageSlot{},
			Fills:    []string{},
			Tables:   []string{},
		})
	}
	d.addSlots(manifests)
	for _, p := range packages.all() {
		if p.describe != nil {
			p.describe(d, manifests)
		}
	}
	return d, d.addTables(migrations.FS)
}

// of returns the description of a feature, or nil.
func (d *description) of(name string) *featureDescription {
	i := slices.IndexFunc(d.Features, func(f *featureDescription) bool { return f.Name == name })
	if i < 0 {
		return nil
	}
	return d.Features[i]
}

// addSlots adds the slots and the features that fill them. A slot is in no
// manifest until it is filled; its name begins with its feature.
func (d *description) addSlots(manifests []feature.Manifest) {
	for _, fill := range feature.PartsOf[feature.SlotFill](manifests) {
		slot := fill.Part.Slot()
		d.of(fill.Feature).Fills = append(d.of(fill.Feature).Fills, slot)
		name, _, _ := strings.Cut(slot, ".")
		owner := d.of(name)
		if owner == nil {
			continue // a slot of the layout
		}
		i := slices.IndexFunc(owner.Slots, func(s pageSlot) bool { return s.Name == slot })
		if i < 0 {
			i = len(owner.Slots)
			owner.Slots = append(owner.Slots, pageSlot{Name: slot})
		}
		owner.Slots[i].FilledBy = append(owner.Slots[i].FilledBy, fill.Feature)
	}
}

func routesOf(manifest feature.Manifest) ([]address, error) {
	routes := []address{}
	if manifest.Routes == nil {
		return routes, nil
	}
	router := chi.NewRouter()
	manifest.Routes(router)
	err := chi.Walk(router, func(method, path string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		routes = append(routes, address{method, path})
		return nil
	})
	slices.SortFunc(routes, func(a, b address) int {
		return strings.Compare(a.Path+" "+a.Method, b.Path+" "+b.Method)
	})
	return routes, err
}

func payloadName(t reflect.Type) string {
	if t == nil {
		return ""
	}
	return t.String()
}

var (
	migrationOwner = regexp.MustCompile(`^\d+_([a-z]+)_`)
	migrateUp      = regexp.MustCompile(`(?s)-- \+goose Up\n(.*?)(?:-- \+goose Down|\z)`)
	changesTable   = regexp.MustCompile(`(?im)^\s*(create|drop)\s+(?:or\s+replace\s+)?(?:unlogged\s+)?(?:table|view|materialized\s+view)\s+(?:if\s+(?:not\s+)?exists\s+)?([a-z_][a-z0-9_]*)`)
)

// addTables adds the tables and views that exist after all migrations.
func (d *description) addTables(files fs.FS) error {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return err
	}
	for _, name := range names { // in the order of their numbers
		owner := migrationOwner.FindStringSubmatch(path.Base(name))
		if owner == nil || d.of(owner[1]) == nil {
			continue // of a package of core
		}
		source, err := fs.ReadFile(files, name)
		if err != nil {
			return fmt.Errorf("read the migration %s: %w", name, err)
		}
		f := d.of(owner[1])
		for _, up := range migrateUp.FindAllStringSubmatch(string(source), -1) {
			for _, change := range changesTable.FindAllStringSubmatch(up[1], -1) {
				f.Tables = slices.DeleteFunc(f.Tables, func(table string) bool { return table == change[2] })
				if strings.EqualFold(change[1], "create") {
					f.Tables = append(f.Tables, change[2])
				}
			}
		}
		slices.Sort(f.Tables)
	}
	return nil
}
