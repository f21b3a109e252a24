// Package asyncapi writes what channels carry as an AsyncAPI 3.0 document, for
// everybody who is not our own browser: to generate a client, to test one, to
// read.
//
//	err := asyncapi.Write(file, asyncapi.Info{Title: "Shop", Version: "1.0.0"}, realtime.Describe(manifests))
//
// writes a channel for each descriptor with its address and parameters, an
// operation for what is broadcast on it and one for what is heard, and a JSON
// schema for each payload with the rules of its validate tags. The document is
// written from the server's side: it sends what it broadcasts and receives
// what browsers say. `web describe --asyncapi` prints it.
//
// # What a schema says
//
// It is as strict as the server: unknown fields are rejected, and every field
// without omitempty is required. A rule that JSON Schema cannot say stands in
// the extension x-validate, so that none is lost. x-scope is who may hear a
// channel and speak on it.
package asyncapi

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"example.com/pergola/core/realtime"
)

// Info is what the document says of the application.
type Info struct {
	Title       string
	Version     string
	Description string
	Host        string // where it is reached, without a scheme; localhost:8080 if it is empty
	Cookie      string // that holds the session
}

// Write writes the document. It fails for a payload that realtime.NewServer
// would reject or whose type has no name, and with the writer's error.
func Write(w io.Writer, info Info, channels []realtime.ChannelDescription) error {
	d := newDocument(info)
	schemas := &schemas{names: map[string]string{}, found: d.Components.Schemas}
	for _, channel := range channels {
		if err := d.add(channel, schemas); err != nil {
			return fmt.Errorf("describe the channel %s: %w", channel.Name, err)
		}
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(d)
}

// object is a piece of JSON. Its keys are written in the order of the
// alphabet, so that the document is the same each time.
type object = map[string]any

type document struct {
	AsyncAPI           string            `json:"asyncapi"`
	Info               object            `json:"info"`
	DefaultContentType string            `json:"defaultContentType"`
	Servers            object            `json:"servers"`
	Channels           map[string]object `json:"channels"`
	Operations         map[string]object `json:"operations"`
	Components         components        `json:"components"`
}

type components struct {
	Messages        map[string]object `json:"messages"`
	Schemas         map[string]object `json:"schemas"`
	SecuritySchemes object            `json:"securitySchemes"`
}

// protocol says how the document maps to what is sent.
const protocol = "Socket.IO, version 5 of its protocol, over WebSocket only. A topic is the address of a channel with its parameters " +
	"filled in. To hear one, emit `subscribe` with the topic; the acknowledgement is {\"ok\":true} or {\"ok\":false,\"error\":{\"code\",\"message\"}}. " +
	"Messages then arrive as events with the name of the topic: first the payload, second {\"id\",\"at\"}. To say something, emit an event with the " +
	"name of the topic and the payload. `unsubscribe` takes a topic, too."

func newDocument(info Info) *document {
	if info.Host == "" {
		info.Host = "localhost:8080"
	}
	return &document{
		AsyncAPI:           "3.0.0",
		Info:               object{"title": info.Title, "version": info.Version, "description": strings.TrimSpace(info.Description + "\n\n" + protocol)},
		DefaultContentType: "application/json",
		Servers: object{"sockets": object{
			"host":        info.Host,
			"protocol":    "ws",
			"pathname":    "/socket.io/",
			"description": "The application. Use wss where it is reached by https.",
		}},
		Channels:   map[string]object{},
		Operations: map[string]object{},
		Components: components{
			Messages: map[string]object{},
			Schemas:  map[string]object{},
			SecuritySchemes: object{"session": object{
				"type": "httpApiKey", "in": "cookie", "name": info.Cookie,
				"description": "The cookie of somebody who has signed in. Without one, a visitor hears what is public.",
			}},
		},
	}
}

func (d *document) add(channel realtime.ChannelDescription, schemas *schemas) error {
	name, err := schemas.add(channel.Payload)
	if err != nil {
		return err
	}
	d.Components.Messages[name] = object{
		"name": name, "contentType": "application/json", "payload": reference("components", "schemas", name),
	}
	id := withoutBraces(channel.Name)
	described := object{
		"address":     channel.Name,
		"description": "Of the feature " + channel.Feature + ". " + whoMay(channel),
		"messages":    object{name: reference("components", "messages", name)},
		"x-scope":     channel.Scope.String(),
	}
	if len(channel.Params) > 0 {
		parameters := object{}
		for _, param := range channel.Params {
			parameters[param] = object{"description": parameterOf(channel, param)}
		}
		described["parameters"] = parameters
	}
	d.Channels[id] = described
	d.Operations[id+".broadcast"] = operation(channel, "send", id, name)
	if channel.Inbound {
		d.Operations[id+".hear"] = operation(channel, "receive", id, name)
	}
	return nil
}

func operation(channel realtime.ChannelDescription, action, id, message string) object {
	o := object{
		"action":   action,
		"channel":  reference("channels", id),
		"messages": []any{reference("channels", id, "messages", message)},
	}
	if channel.Scope != realtime.Public || channel.Kind == realtime.KindUser {
		o["security"] = []any{reference("components", "securitySchemes", "session")}
	}
	return o
}

func whoMay(channel realtime.ChannelDescription) string {
	who := map[string]string{
		"public":        "Everybody may hear it",
		"authenticated": "Whoever is signed in may hear it",
	}[channel.Scope.String()]
	if role, ok := strings.CutPrefix(channel.Scope.String(), "role:"); ok {
		who = "Users with the role " + role + " may hear it"
	}
	switch channel.Kind {
	case realtime.KindUser:
		who = "Each user hears their own topic"
	case realtime.KindKeyed:
		who += ", as far as the feature allows each of them the topic"
	}
	if channel.Inbound {
		who += ", and say something on it"
	}
	return who + "."
}

func parameterOf(channel realtime.ChannelDescription, param string) string {
	if channel.Kind == realtime.KindUser {
		return "The id of the user who hears it."
	}
	return "Which " + strings.TrimSuffix(param, "Id") + " it is about."
}

// withoutBraces is a template as an id that a reference may name.
func withoutBraces(template string) string {
	return strings.NewReplacer("{", "", "}", "").Replace(template)
}

func reference(path ...string) object {
	return object{"$ref": "#/" + strings.Join(path, "/")}
}
