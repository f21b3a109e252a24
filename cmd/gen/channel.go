package main

import (
	"context"
	"regexp"
	"strings"

	"example.com/pergola/cmd/gen/internal/anchors"
	"example.com/pergola/cmd/gen/internal/inventory"
	"example.com/pergola/cmd/gen/internal/misuse"
	"example.com/pergola/cmd/gen/internal/names"
)

// channelCommand adds a realtime channel to a feature.
func channelCommand() command {
	return command{
		name:    "realtime channel",
		args:    "<feature> <name> <scope>",
		summary: "something that browsers hear as it happens",
		help: `
Adds a channel: a descriptor with its payload in channels.go, an entry in the
Manifest, a test, and its type for TypeScript.

  ./task gen -- realtime channel blog article-likes public
  ./task gen -- realtime channel blog review-queue role:editor
  ./task gen -- realtime channel notifications reminders user-scoped
  ./task gen -- realtime channel blog comment-feed keyed:articleId

The scope says who may hear it:

  public          everybody
  authenticated   everybody who is signed in
  role:<name>     who has the role
  user-scoped     one user, on a topic of their own
  keyed:<param>   whom the authoriser lets in, for each value of the parameter;
                  the generated one refuses everybody until it is written

article-likes becomes blog.article.likes, on the wire and for ever. A page hears
it with data-live, see docs/guides/realtime.md.`,
		plan: func(_ context.Context, c *call) error { return addPiece(c, findChannel) },
		undo: func(_ context.Context, c *call) error { return removePiece(c, findChannel) },
		// To destroy one, its scope need not be said.
		undoArgs: "<feature> <name>",
	}
}

// scope is who may hear a channel.
type scope struct {
	kind       inventory.Kind
	suffix     string // of its name
	param      string
	argument   string // behind the name in the definition
	described  string // as realtime says it
	audience   string
	additional string // an import of channels.go
}

var (
	roleName  = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,29}$`)
	paramName = regexp.MustCompile(`^[a-z][A-Za-z0-9]{0,29}$`)
)

func (p place) readScope(text string) (scope, error) {
	kind, value, _ := strings.Cut(text, ":")
	switch {
	case text == "public":
		return scope{kind: inventory.Channel, argument: "realtime.Public", described: "public", audience: "everybody"}, nil
	case text == "authenticated":
		return scope{kind: inventory.Channel, argument: "realtime.Authenticated", described: "authenticated", audience: "everybody who is signed in"}, nil
	case text == "user-scoped":
		return scope{kind: inventory.UserChannel, suffix: ".{userId}", described: "authenticated", audience: "one user, in every open page of theirs"}, nil
	case kind == "role" && roleName.MatchString(value):
		return p.roleScope(value), nil
	case kind == "keyed" && value == "userId":
		return scope{}, misuse.New("keyed:userId is what user-scoped is for")
	case kind == "keyed" && paramName.MatchString(value):
		return scope{
			kind: inventory.KeyedChannel, suffix: ".{" + value + "}", param: value, argument: "realtime.Authenticated",
			described: "authenticated", audience: "those whom its authoriser lets in, for each " + value + " apart",
		}, nil
	}
	return scope{}, misuse.New("%q is no scope: there are public, authenticated, role:<name>, user-scoped and keyed:<param>, such as keyed:articleId", text)
}

// roleScope uses the constant of core/auth where there is one.
func (p place) roleScope(role string) scope {
	s := scope{kind: inventory.Channel, argument: `realtime.Role("` + role + `")`, described: "role:" + role, audience: "those who have the role " + role}
	users, err := p.c.tree.Read("core/auth/user.go")
	constant := "Role" + names.Of(role).Exported()
	if err == nil && strings.Contains(string(users), constant+" ") && strings.Contains(string(users), `"`+role+`"`) {
		s.argument, s.additional = "realtime.Role(auth."+constant+")", p.core("auth")
	}
	return s
}

func findChannel(c *call) (found, error) {
	p, err := findPlace(c, c.args[0])
	if err != nil {
		return found{}, err
	}
	name, err := namedIn("the name of a channel", c.args[1])
	if err != nil {
		return found{}, err
	}
	existing, exists := p.channel(name)
	s, err := p.scopeFor(c.args, existing, exists)
	if err != nil {
		return found{}, err
	}
	stored := p.Feature + "." + name.Dotted() + s.suffix
	if exists && (existing.Name != stored || existing.Kind != s.kind || existing.Rest != s.argument) {
		return found{}, clash("a channel "+existing.Var, strings.TrimSpace(existing.Name+" "+existing.Rest))
	}
	if other, taken := p.inv.Find(func(d inventory.Descriptor) bool { return d.Kind.IsChannel() && d.Overlaps(stored) }); taken && !exists {
		return found{}, misuse.New("%s would share topics with %s.%s, which is %s: take another name", stored, other.Feature, other.Var, other.Name)
	}
	made, err := p.channelPiece(name, s, stored)
	if err != nil {
		return found{}, err
	}
	declares := []string{name.Exported() + "Channel", name.Exported()}
	if s.param != "" {
		declares = append(declares, "Feature.mayHear"+name.Exported())
	}
	return found{place: p, piece: made, needs: "realtime", declares: declares, exists: exists}, nil
}

// channel is the feature's channel of this name.
func (p place) channel(name names.Name) (inventory.Descriptor, bool) {
	return p.inv.Find(func(d inventory.Descriptor) bool {
		return d.Feature == p.Feature && d.Kind.IsChannel() && d.Var == name.Exported()+"Channel"
	})
}

// scopeFor is the scope that was asked for, or that of the channel that is to
// be destroyed.
func (p place) scopeFor(args []string, existing inventory.Descriptor, exists bool) (scope, error) {
	if len(args) > 2 {
		return p.readScope(args[2])
	}
	if !exists {
		return scope{}, nil
	}
	for _, text := range []string{"public", "authenticated", "user-scoped"} {
		if s, err := p.readScope(text); err == nil && s.kind == existing.Kind && s.argument == existing.Rest {
			return s, nil
		}
	}
	if params := existing.Params(); existing.Kind == inventory.KeyedChannel && len(params) == 1 {
		return p.readScope("keyed:" + params[0])
	}
	role := strings.TrimSuffix(strings.TrimPrefix(existing.Rest, "realtime.Role("), ")")
	role = strings.Trim(strings.ToLower(strings.TrimPrefix(role, "auth.Role")), `"`)
	return p.readScope("role:" + role)
}

func (p place) channelPiece(name names.Name, s scope, stored string) (piece, error) {
	variable := name.Exported() + "Channel"
	arguments := `"` + stored + `"`
	if s.argument != "" {
		arguments += ", " + s.argument
	}
	method := "mayHear" + name.Exported()
	topic := map[inventory.Kind]string{
		inventory.Channel:      p.Feature + "." + variable,
		inventory.UserChannel:  p.Feature + "." + variable + `.For("01900000-0000-7000-8000-00000000000b")`,
		inventory.KeyedChannel: p.Feature + "." + variable + `.For("1")`,
	}[s.kind]
	made, err := p.piece("realtime-channel", name.Snake(), map[string]any{
		"Module": p.Module, "Feature": p.Feature, "Name": name, "Stored": stored, "Scope": s.described, "Audience": s.audience,
		"Definition": string(s.kind) + "[" + name.Exported() + "](" + arguments + ")",
		"Param":      s.param, "Method": method, "Topic": topic, "Manifest": p.manifest(),
		"TopicName": strings.Replace(stored, "{"+s.param+"}", "1", 1),
	})
	if err != nil {
		return piece{}, err
	}
	channels := p.file("channels.go")
	made.imports = []imported{{channels, p.core("realtime")}, {channels, "time"}}
	if s.additional != "" {
		made.imports = append(made.imports, imported{channels, s.additional})
	}
	entry := variable
	if s.param != "" {
		entry += ".Authorize(f." + method + ")"
		handlers := p.file("channel_handlers.go")
		made.imports = append(made.imports, imported{handlers, "context"}, imported{handlers, p.core("fault")}, imported{handlers, p.core("realtime")})
	}
	made.parts = []part{{file: p.front(), list: channelList, anchor: anchors.RealtimeChannels, element: entry}}
	return made, nil
}
