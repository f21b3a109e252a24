package realtime

import (
	"errors"
	"fmt"
	"strings"

	"example.com/pergola/core/feature"
)

// newRoutes reads the channels of the manifests. Its error is one line about the
// first mistake.
func newRoutes(manifests []feature.Manifest) (*routes, error) {
	building := routesBuilder{
		routes: &routes{plain: map[string]*route{}, byLength: map[int][]*route{}},
		listed: map[*definition]*route{},
	}
	for _, channels := range feature.PartsOf[Channels](manifests) {
		for _, channel := range channels.Part {
			if channel == nil {
				return nil, fixIn(channels.Feature, channels.Feature+".go", errors.New("a listed channel is nil"))
			}
			if err := building.addChannel(channels.Feature, channel.entry().def.orEmpty()); err != nil {
				return nil, fixIn(channels.Feature, "channels.go", err)
			}
			if err := building.addEntry(channel.entry()); err != nil {
				return nil, fixIn(channels.Feature, channels.Feature+".go", err)
			}
		}
	}
	return building.routes, building.checkAuthorizers()
}

func fixIn(feature, file string, err error) error {
	return fmt.Errorf("realtime: feature %q: %w: fix features/%s/%s", feature, err, feature, file)
}

type routesBuilder struct {
	routes *routes
	listed map[*definition]*route
	order  []*route
}

func (b *routesBuilder) addChannel(owner string, def *definition) error {
	if def.err != nil {
		return fmt.Errorf("channel %q: %w", def.spec.Name, def.err)
	}
	if !strings.HasPrefix(def.spec.Name, owner+".") {
		return fmt.Errorf("channel %q does not begin with the feature's name, %q", def.spec.Name, owner+".")
	}
	for _, other := range b.order {
		switch {
		case other.definition == def:
			return fmt.Errorf("channel %q is listed twice", def.spec.Name)
		case other.spec.Name == def.spec.Name:
			return fmt.Errorf("two channels are named %q", def.spec.Name)
		case other.template.overlaps(def.template):
			return fmt.Errorf("channels %q and %q have topics in common", other.spec.Name, def.spec.Name)
		}
	}
	b.add(&route{definition: def, feature: owner})
	return nil
}

func (b *routesBuilder) add(r *route) {
	b.listed[r.definition] = r
	b.order = append(b.order, r)
	if len(r.template.params) == 0 {
		b.routes.plain[r.spec.Name] = r
		return
	}
	n := len(r.template.parts)
	b.routes.byLength[n] = append(b.routes.byLength[n], r)
}

// addEntry adds what is attached to a listed channel.
func (b *routesBuilder) addEntry(e entry) error {
	if e.err != nil {
		return fmt.Errorf("channel %q: %w", e.def.spec.Name, e.err)
	}
	r := b.listed[e.def]
	r.handle, r.authorize, r.presence, r.poll = e.handle, e.authorize, e.presence, e.poll
	if e.presence != nil {
		b.routes.present = append(b.routes.present, r)
	}
	return nil
}

func (b *routesBuilder) checkAuthorizers() error {
	for _, r := range b.order {
		if r.spec.Kind == KindKeyed && r.authorize == nil {
			return fixIn(r.feature, r.feature+".go", fmt.Errorf("keyed channel %q has no authorizer: list it in the manifest with Authorize", r.spec.Name))
		}
	}
	return nil
}
