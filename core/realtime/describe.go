package realtime

import (
	"encoding/json"
	"reflect"

	"example.com/pergola/core/feature"
)

// ChannelDescription is a listed channel as tools see it: `web describe`, the
// generator of TypeScript types.
type ChannelDescription struct {
	Feature string
	Name    string
	Kind    Kind
	Scope   Scope
	Params  []string     // in the template's order
	Payload reflect.Type // a struct
	Inbound bool         // whether browsers may send on it, too
}

// Describe lists the channels of all manifests in their order. It checks
// nothing; NewServer does.
func Describe(manifests []feature.Manifest) []ChannelDescription {
	var descriptions []ChannelDescription
	for _, channels := range feature.PartsOf[Channels](manifests) {
		for _, channel := range channels.Part {
			spec, entry := channel.Spec(), channel.entry()
			descriptions = append(descriptions, ChannelDescription{
				Feature: channels.Feature,
				Name:    spec.Name,
				Kind:    spec.Kind,
				Scope:   spec.Scope,
				Params:  spec.Params,
				Payload: spec.Payload,
				Inbound: entry.handle != nil,
			})
		}
	}
	return descriptions
}

// MarshalJSON writes the payload as the name of its type.
func (d ChannelDescription) MarshalJSON() ([]byte, error) {
	payload := ""
	if d.Payload != nil {
		payload = d.Payload.String()
	}
	return json.Marshal(struct {
		Feature string   `json:"feature"`
		Name    string   `json:"name"`
		Kind    Kind     `json:"kind"`
		Scope   string   `json:"scope"`
		Params  []string `json:"params"`
		Payload string   `json:"payload"`
		Inbound bool     `json:"inbound"`
	}{d.Feature, d.Name, d.Kind, d.Scope.String(), append([]string{}, d.Params...), payload, d.Inbound})
}
