// Package asyncapi writes an AsyncAPI 3.0 document of the channels, for generating
// and testing other clients, and for reading.
//
//	err := asyncapi.Write(file, asyncapi.Info{Title: "Shop", Version: "1.0.0"}, realtime.Describe(manifests))
//
// writes each channel with its address and parameters, an operation for its
// broadcasts, one for the messages that browsers send on it, and a JSON schema for
// each payload with the rules of its validate tags. The document describes the
// server: it sends broadcasts and receives messages from browsers.
// `web describe --asyncapi` prints it.
//
// # Schemas
//
// A schema is as strict as the server: unknown fields are rejected, and every field
// without omitempty is required. Rules that JSON Schema cannot express are kept in
// the extension x-validate. The extension x-scope is the channel's scope.
package asyncapi

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"example.com/pergola/core/realtime"
)

// Info describes the application.
type Info struct {
	Title       string
	Version     string
	Description string
	Host        string // without a scheme; localhost:8080 if empty
	Cookie      string // the name of the session cookie
}

// Write writes the document. It returns an error for a payload that
// realtime.NewServer would reject or whose type has no name, and any error of w.
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

// object is a JSON object. Its keys are written in alphabetical order, so that the
// document is always the same.
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

// protocol describes how the document maps to Socket.IO.
const protocol = "Socket.IO protocol version 5 over WebSocket. A topic is the address of a channel with its parameters " +
	"filled in. To receive its messages, emit `subscribe` with the topic; the acknowledgment is {\"ok\":true} or {\"ok\":false,\"error\":{\"code\",\"message\"}}. " +
	"Messages then arrive as events with the name of the topic and two arguments, the payload and {\"id\",\"at\"}. To send a message, emit an event with the " +
	"name of the topic and the payload. To unsubscribe, emit `unsubscribe` with the topic. " +
	"To check that the connection still works, emit `ping`, which is acknowledged at once."

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
			"description": "The application. Use wss if it is served over https.",
		}},
		Channels:   map[string]object{},
		Operations: map[string]object{},
		Components: components{
			Messages: map[string]object{},
			Schemas:  map[string]object{},
			SecuritySchemes: object{"session": object{
				"type": "httpApiKey", "in": "cookie", "name": info.Cookie,
				"description": "The session cookie of a signed-in user. Visitors without one can subscribe to public channels only.",
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
		"description": "Feature " + channel.Feature + ". " + access(channel),
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
		d.Operations[id+".receive"] = operation(channel, "receive", id, name)
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

func access(channel realtime.ChannelDescription) string {
	who := map[string]string{
		"public":        "Anyone can subscribe",
		"authenticated": "Signed-in users can subscribe",
	}[channel.Scope.String()]
	if role, ok := strings.CutPrefix(channel.Scope.String(), "role:"); ok {
		who = "Users with the role " + role + " can subscribe"
	}
	switch channel.Kind {
	case realtime.KindUser:
		who = "Each user can subscribe to their own topic"
	case realtime.KindKeyed:
		who += " if the feature allows them the topic"
	}
	if channel.Inbound {
		who += ", and send messages"
	}
	return who + "."
}

func parameterOf(channel realtime.ChannelDescription, param string) string {
	if channel.Kind == realtime.KindUser {
		return "The id of the user."
	}
	if name, ok := strings.CutSuffix(param, "Id"); ok {
		return "The id of the " + name + "."
	}
	return "The " + param + "."
}

// withoutBraces turns a template into an id that a reference can contain.
func withoutBraces(template string) string {
	return strings.NewReplacer("{", "", "}", "").Replace(template)
}

func reference(path ...string) object {
	return object{"$ref": "#/" + strings.Join(path, "/")}
}
