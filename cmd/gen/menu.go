package main

import (
	"strings"

	"example.com/pergola/cmd/gen/internal/misuse"
)

// menu is the commands that there are, in the order of the help.
type menu []command

// find finds the command that the arguments begin with, and what follows it. A
// name may be two words. It fails with a misuse.
func (m menu) find(args []string) (command, []string, error) {
	for _, words := range []int{2, 1} {
		if len(args) < words {
			continue
		}
		name := strings.Join(args[:words], " ")
		for _, cmd := range m {
			if cmd.name == name {
				return cmd, args[words:], nil
			}
		}
	}
	return command{}, nil, m.unknown(args)
}

func (m menu) unknown(args []string) error {
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		return misuse.New("say what to make: %s; --help tells more", strings.Join(m.names(), ", "))
	}
	var longer []string
	for _, name := range m.names() {
		if strings.HasPrefix(name, args[0]+" ") {
			longer = append(longer, name)
		}
	}
	if len(longer) > 0 {
		return misuse.New("%q is half a command: there are %s", args[0], strings.Join(longer, ", "))
	}
	return misuse.New("%q is no command: there are %s", args[0], strings.Join(m.names(), ", "))
}

func (m menu) names() []string {
	var names []string
	for _, cmd := range m {
		names = append(names, cmd.name)
	}
	return names
}
