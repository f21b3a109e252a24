package main

import (
	"flag"
	"fmt"
	"slices"
	"strings"
)

func wantsHelp(args []string) bool {
	return slices.Contains(args, "--help") || slices.Contains(args, "-h") || len(args) > 0 && args[0] == "help"
}

// help explains the command in the arguments, or lists all commands.
func (l commandList) help(args []string) (string, error) {
	var words []string
	for _, arg := range args {
		if !strings.HasPrefix(arg, "-") && arg != "help" {
			words = append(words, arg)
		}
	}
	if len(words) == 0 {
		return l.overview(), nil
	}
	cmd, _, err := l.find(words)
	if err != nil {
		return "", err
	}
	return explain(cmd), nil
}

func (l commandList) overview() string {
	var b strings.Builder
	b.WriteString("Generates code that compiles and passes its own tests.\n\n")
	for _, cmd := range l {
		fmt.Fprintf(&b, "  %-58s %s\n", strings.TrimSpace(cmd.name+" "+cmd.args), cmd.summary)
	}
	b.WriteString(`
Every command takes --help (with examples), --dry-run (show what would change,
without changing it) and --json (for programs).

Names are words: article-feed, article_feed and ArticleFeed are the same. A
second run of a command changes nothing. Edited files are never overwritten.
Exit codes: 0 success or nothing to do, 2 usage error, 1 any other error; after
an error nothing has changed.

A run that was killed is undone by the next one, except for files that you have
edited since, which are named.

Start with:

  ./task gen -- feature bookmarks --fields title:string,url:url,note:text?
  ./task dev

More: docs/guides/generators.md
`)
	return b.String()
}

func explain(cmd command) string {
	var b strings.Builder
	fmt.Fprintf(&b, "./task gen -- %s\n\n%s\n", strings.TrimSpace(cmd.name+" "+cmd.args), strings.TrimSpace(cmd.help))
	b.WriteString("\nFlags:\n")
	(&call{}).flags(cmd).VisitAll(func(f *flag.Flag) { fmt.Fprintf(&b, "  --%-14s %s\n", f.Name, f.Usage) })
	return b.String()
}
