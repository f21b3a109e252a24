package main

import (
	"context"
	"regexp"
	"strings"

	"example.com/pergola/cmd/gen/internal/anchors"
	"example.com/pergola/cmd/gen/internal/descriptors"
	"example.com/pergola/cmd/gen/internal/names"
	"example.com/pergola/cmd/gen/internal/usage"
)

func channelCommand() command {
	return command{
		name:    "realtime channel",
		args:    "<feature> <name> <scope>",
		summary: "a realtime channel",
		help: `
Adds a channel and its payload to channels.go, an entry in the Manifest, a test,
and the payload's TypeScript type.

  ./task gen -- realtime channel blog article-likes public
  ./task gen -- realtime channel blog review-queue role:editor
  ./task gen -- realtime channel notifications reminders user-scoped
  ./task gen -- realtime channel blog comment-feed keyed:articleId

The scope decides who may subscribe:

  public          everyone
  authenticated   everyone who is signed in
  role:<name>     users with this role
  user-scoped     a single user, on a topic of their own
  keyed:<param>   users that the authorizer accepts, for each value of the
                  parameter; the generated authorizer rejects everyone

The name article-likes becomes blog.article.likes. It is sent to browsers: choose
it well. Pages subscribe with data-live: see docs/guides/realtime.md.`,
		plan: func(_ context.Context, c *call) error { return add(c, channelAddition) },
		undo: func(_ context.Context, c *call) error { return remove(c, channelAddition) },
		// The scope of an existing channel is known.
		undoArgs: "<feature> <name>",
	}
}

// scope is who may subscribe to a channel.
type scope struct {
	kind       descriptors.Kind
	suffix     string // of its name
	param      string
	argument   string // after the name in the definition
	described  string // by realtime.Scope.String
	audience   string
	additional string // an import of channels.go
}

var (
	roleName  = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,29}$`)
	paramName = regexp.MustCompile(`^[a-z][A-Za-z0-9]{0,29}$`)
)

func (t target) readScope(text string) (scope, error) {
	kind, value, _ := strings.Cut(text, ":")
	switch {
	case text == "public":
		return scope{kind: descriptors.Channel, argument: "realtime.Public", described: "public", audience: "everyone"}, nil
	case text == "authenticated":
		return scope{kind: descriptors.Channel, argument: "realtime.Authenticated", described: "authenticated", audience: "everyone who is signed in"}, nil
	case text == "user-scoped":
		return scope{kind: descriptors.UserChannel, suffix: ".{userId}", described: "authenticated", audience: "one user, on every open page"}, nil
	case kind == "role" && roleName.MatchString(value):
		return t.roleScope(value), nil
	case kind == "keyed" && value == "userId":
		return scope{}, usage.Errorf("use user-scoped instead of keyed:userId")
	case kind == "keyed" && paramName.MatchString(value):
		return scope{
			kind: descriptors.KeyedChannel, suffix: ".{" + value + "}", param: value, argument: "realtime.Authenticated",
			described: "authenticated", audience: "the users that its authorizer accepts, for each " + value,
		}, nil
	}
	return scope{}, usage.Errorf("unknown scope %q: use public, authenticated, role:<name>, user-scoped or keyed:<param>, such as keyed:articleId", text)
}

// roleScope uses the constant of core/auth if there is one.
func (t target) roleScope(role string) scope {
	s := scope{kind: descriptors.Channel, argument: `realtime.Role("` + role + `")`, described: "role:" + role, audience: "users with the role " + role}
	users, err := t.c.tree.Read("core/auth/user.go")
	constant := "Role" + names.Of(role).Exported()
	if err == nil && strings.Contains(string(users), constant+" ") && strings.Contains(string(users), `"`+role+`"`) {
		s.argument, s.additional = "realtime.Role(auth."+constant+")", t.core("auth")
	}
	return s
}

func channelAddition(c *call) (addition, error) {
	t, err := findTarget(c, c.args[0])
	if err != nil {
		return addition{}, err
	}
	name, err := parseName("the name of a channel", c.args[1])
	if err != nil {
		return addition{}, err
	}
	existing, exists := t.channel(name)
	s, err := t.scopeFor(c.args, existing, exists)
	if err != nil {
		return addition{}, err
	}
	stored := t.Feature + "." + name.Dotted() + s.suffix
	if exists && (existing.Name != stored || existing.Kind != s.kind || existing.Rest != s.argument) {
		return addition{}, conflict("the channel "+existing.Var, strings.TrimSpace(existing.Name+" "+existing.Rest))
	}
	if other, taken := t.descriptors.Find(func(d descriptors.Descriptor) bool { return d.Kind.IsChannel() && d.Overlaps(stored) }); taken && !exists {
		return addition{}, usage.Errorf("%s would share topics with %s.%s, which is %s: choose another name", stored, other.Feature, other.Var, other.Name)
	}
	made, err := t.channelCode(name, s, stored)
	if err != nil {
		return addition{}, err
	}
	declares := []string{name.Exported() + "Channel", name.Exported()}
	if s.param != "" {
		declares = append(declares, "Feature.maySubscribe"+name.Exported())
	}
	return addition{target: t, code: made, requires: "realtime", declares: declares, exists: exists}, nil
}

// channel finds the feature's channel with this name.
func (t target) channel(name names.Name) (descriptors.Descriptor, bool) {
	return t.descriptors.Find(func(d descriptors.Descriptor) bool {
		return d.Feature == t.Feature && d.Kind.IsChannel() && d.Var == name.Exported()+"Channel"
	})
}

// scopeFor returns the scope in the arguments, or that of the existing channel.
func (t target) scopeFor(args []string, existing descriptors.Descriptor, exists bool) (scope, error) {
	if len(args) > 2 {
		return t.readScope(args[2])
	}
	if !exists {
		return scope{}, nil
	}
	for _, text := range []string{"public", "authenticated", "user-scoped"} {
		if s, err := t.readScope(text); err == nil && s.kind == existing.Kind && s.argument == existing.Rest {
			return s, nil
		}
	}
	if params := existing.Params(); existing.Kind == descriptors.KeyedChannel && len(params) == 1 {
		return t.readScope("keyed:" + params[0])
	}
	role := strings.TrimSuffix(strings.TrimPrefix(existing.Rest, "realtime.Role("), ")")
	role = strings.Trim(strings.ToLower(strings.TrimPrefix(role, "auth.Role")), `"`)
	return t.readScope("role:" + role)
}

func (t target) channelCode(name names.Name, s scope, stored string) (code, error) {
	variable := name.Exported() + "Channel"
	arguments := `"` + stored + `"`
	if s.argument != "" {
		arguments += ", " + s.argument
	}
	method := "maySubscribe" + name.Exported()
	topic := map[descriptors.Kind]string{
		descriptors.Channel:      t.Feature + "." + variable,
		descriptors.UserChannel:  t.Feature + "." + variable + `.For("01900000-0000-7000-8000-00000000000b")`,
		descriptors.KeyedChannel: t.Feature + "." + variable + `.For("1")`,
	}[s.kind]
	made, err := t.render("realtime-channel", name.Snake(), map[string]any{
		"Module": t.Module, "Feature": t.Feature, "Name": name, "Stored": stored, "Scope": s.described, "Audience": s.audience,
		"Definition": string(s.kind) + "[" + name.Exported() + "](" + arguments + ")",
		"Param":      s.param, "Method": method, "Topic": topic, "Manifest": t.manifest(),
		"TopicName": strings.Replace(stored, "{"+s.param+"}", "1", 1),
	})
	if err != nil {
		return code{}, err
	}
	channels := t.file("channels.go")
	made.imports = []imported{{channels, t.core("realtime")}, {channels, "time"}}
	if s.additional != "" {
		made.imports = append(made.imports, imported{channels, s.additional})
	}
	entry := variable
	if s.param != "" {
		entry += ".Authorize(f." + method + ")"
		handlers := t.file("channel_handlers.go")
		made.imports = append(made.imports, imported{handlers, "context"}, imported{handlers, t.core("fault")}, imported{handlers, t.core("realtime")})
	}
	made.entries = []manifestEntry{{file: t.entry(), list: channelList, anchor: anchors.RealtimeChannels, element: entry}}
	return made, nil
}
