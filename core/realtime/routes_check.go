package realtime

import (
	"errors"
	"fmt"
	"strings"

	"example.com/pergola/core/feature"
)

// newRoutes reads what the manifests list. The error is about the first thing
// that is wrong, in one line.
func newRoutes(manifests []feature.Manifest) (*routes, error) {
	building := routesBuilder{
		routes: &routes{plain: map[string]*route{}, byLength: map[int][]*route{}},
		listed: map[*definition]*route{},
	}
	for _, channels := range feature.PartsOf[Channels](manifests) {
		for _, channel := range channels.Part {
			if channel == nil {
				return nil, mend(channels.Feature, channels.Feature+".go", errors.New("a listed channel is nil"))
			}
			if err := building.addChannel(channels.Feature, channel.entry().def.orEmpty()); err != nil {
				return nil, mend(channels.Feature, "channels.go", err)
			}
			if err := building.addEntry(channel.entry()); err != nil {
				return nil, mend(channels.Feature, channels.Feature+".go", err)
			}
		}
	}
	for _, handlers := range feature.PartsOf[Handlers](manifests) {
		for _, handler := range handlers.Part {
			if err := building.addHandler(handler); err != nil {
				return nil, mend(handlers.Feature, handlers.Feature+".go", err)
			}
		}
	}
	for _, authorizers := range feature.PartsOf[Authorizers](manifests) {
		for _, authorizer := range authorizers.Part {
			if err := building.addAuthorizer(authorizer); err != nil {
				return nil, mend(authorizers.Feature, authorizers.Feature+".go", err)
			}
		}
	}
	for _, presences := range feature.PartsOf[Presences](manifests) {
		for _, presence := range presences.Part {
			if err := building.addPresence(presence); err != nil {
				return nil, mend(presences.Feature, presences.Feature+".go", err)
			}
		}
	}
	return building.routes, building.checkAuthorizers()
}

func mend(feature, file string, err error) error {
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
			return fmt.Errorf("there are two channels of the name %q", def.spec.Name)
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

func (b *routesBuilder) addHandler(handler Handler) error {
	name := handler.def.orEmpty().spec.Name
	r := b.listed[handler.def]
	switch {
	case handler.handle == nil:
		return fmt.Errorf("a listed handler was not made with Handle, or handles with nil")
	case r == nil:
		return fmt.Errorf("a handler hears channel %q, which no feature lists", name)
	case r.handle != nil:
		return fmt.Errorf("channel %q has two handlers", name)
	}
	r.handle = handler.handle
	return nil
}

func (b *routesBuilder) addAuthorizer(authorizer Authorizer) error {
	name := authorizer.def.orEmpty().spec.Name
	r := b.listed[authorizer.def]
	switch {
	case authorizer.allow == nil:
		return fmt.Errorf("a listed authorizer was not made with Authorize, or asks nil")
	case r == nil:
		return fmt.Errorf("an authorizer decides about channel %q, which no feature lists", name)
	case r.authorize != nil:
		return fmt.Errorf("channel %q has two authorizers", name)
	}
	r.authorize = authorizer.allow
	return nil
}

func (b *routesBuilder) checkAuthorizers() error {
	for _, r := range b.order {
		if r.spec.Kind == KindKeyed && r.authorize == nil {
			return mend(r.feature, r.feature+".go", fmt.Errorf("keyed channel %q has no authorizer: list it in the manifest with Authorize", r.spec.Name))
		}
	}
	return nil
}

// addPresence notes that a listed channel tells who is there.
func (b *routesBuilder) addPresence(listed AnyPresence) error {
	if listed == nil {
		return fmt.Errorf("a listed presence is nil")
	}
	def := listed.presence()
	name := def.channel.spec.Name
	r := b.listed[def.channel]
	switch {
	case def.err != nil:
		return fmt.Errorf("presence on channel %q: %w", name, def.err)
	case r == nil:
		return fmt.Errorf("a presence is on channel %q, which no feature lists", name)
	case r.presence != nil:
		return fmt.Errorf("channel %q has two presences", name)
	}
	r.presence = def
	b.routes.present = append(b.routes.present, r)
	return nil
}
