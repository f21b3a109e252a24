package main

import (
	"strings"

	"example.com/pergola/cmd/gen/internal/usage"
)

// commandList is a list of commands, in the order of the help.
type commandList []command

// find returns the command that the arguments begin with, whose name is one or
// two words, and the remaining arguments. It fails with a usage error.
func (l commandList) find(args []string) (command, []string, error) {
	for _, words := range []int{2, 1} {
		if len(args) < words {
			continue
		}
		name := strings.Join(args[:words], " ")
		for _, cmd := range l {
			if cmd.name == name {
				return cmd, args[words:], nil
			}
		}
	}
	return command{}, nil, l.unknown(args)
}

func (l commandList) unknown(args []string) error {
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		return usage.Errorf("missing command: use one of %s, or --help", strings.Join(l.names(), ", "))
	}
	var longer []string
	for _, name := range l.names() {
		if strings.HasPrefix(name, args[0]+" ") {
			longer = append(longer, name)
		}
	}
	if len(longer) > 0 {
		return usage.Errorf("incomplete command %q: use one of %s", args[0], strings.Join(longer, ", "))
	}
	return usage.Errorf("unknown command %q: use one of %s", args[0], strings.Join(l.names(), ", "))
}

func (l commandList) names() []string {
	var names []string
	for _, cmd := range l {
		names = append(names, cmd.name)
	}
	return names
}
