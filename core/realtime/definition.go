package realtime

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"example.com/pergola/core/realtime/internal/payload"
)

// definition is a channel without its type. An error is kept until the server
// starts, because a descriptor is a package-level value and cannot return it.
type definition struct {
	spec     Spec
	template template
	codec    *payload.Codec
	err      error
}

var undefined = &definition{err: errors.New("a channel was not created with Define…")}

func (d *definition) orEmpty() *definition {
	if d == nil {
		return undefined
	}
	return d
}

func define[T any](kind Kind, name string, scopes []Scope) *definition {
	parsed, nameErr := parseTemplate(name)
	codec, codecErr := payload.NewCodec(reflect.TypeFor[T]())
	def := &definition{
		spec:     Spec{Name: name, Kind: kind, Params: parsed.params, Payload: reflect.TypeFor[T]()},
		template: parsed,
		codec:    codec,
	}
	def.err = cmp.Or(nameErr, checkParams(kind, parsed), codecErr, def.setScope(scopes))
	return def
}

func (d *definition) setScope(scopes []Scope) error {
	if len(scopes) > 1 {
		return errors.New("more than one scope")
	}
	for _, scope := range scopes {
		d.spec.Scope = scope
		if scope.role == noRole {
			return errors.New(`Role("") names no role`)
		}
	}
	return nil
}

func checkParams(kind Kind, t template) error {
	hasUser := false
	for _, param := range t.params {
		hasUser = hasUser || param == userParam
	}
	switch {
	case kind == KindChannel && len(t.params) > 0:
		return errors.New("parameters need DefineUserChannel or DefineKeyedChannel")
	case kind == KindUser && (!hasUser || len(t.params) != 1):
		return errors.New("a user channel has {userId} as its one parameter")
	case kind == KindKeyed && hasUser:
		return errors.New("{userId} needs DefineUserChannel")
	case kind == KindKeyed && len(t.params) == 0:
		return errors.New("a keyed channel has a parameter, such as {articleId}")
	default:
		return nil
	}
}

func (d *definition) encode(value any) (json.RawMessage, error) {
	if d.err != nil {
		return nil, fmt.Errorf("channel %q: %w", d.spec.Name, d.err)
	}
	return d.codec.Encode(value)
}

// Kind is one of the three kinds of channel.
type Kind string

// The kinds of channel.
const (
	KindChannel Kind = "channel" // one topic with the name of the channel
	KindUser    Kind = "user"    // a topic for each user, for that user only
	KindKeyed   Kind = "keyed"   // a topic for each value of its parameters; an authorizer decides about access
)

// Spec describes a channel to tools and tests.
type Spec struct {
	Name    string       // the name or, with parameters, the template; it is on the wire and must not change
	Kind    Kind         //
	Scope   Scope        // for KindUser always Authenticated
	Params  []string     // the template's parameters in their order
	Payload reflect.Type // a struct
}
