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

// help is the help of the command in the arguments, or of all.
func (m menu) help(args []string) (string, error) {
	var words []string
	for _, arg := range args {
		if !strings.HasPrefix(arg, "-") && arg != "help" {
			words = append(words, arg)
		}
	}
	if len(words) == 0 {
		return m.overview(), nil
	}
	cmd, _, err := m.find(words)
	if err != nil {
		return "", err
	}
	return explain(cmd), nil
}

func (m menu) overview() string {
	var b strings.Builder
	b.WriteString(`Writes code that compiles and passes its own tests at once.

`)
	for _, cmd := range m {
		fmt.Fprintf(&b, "  %-58s %s\n", strings.TrimSpace(cmd.name+" "+cmd.args), cmd.summary)
	}
	b.WriteString(`
Every command takes --help (what it makes, with examples), --dry-run (says what
would change and changes nothing) and --json (for programs).

Names are words: article-feed, article_feed and ArticleFeed are the same. A
command that is run twice changes nothing, and what somebody has edited is
never overwritten. Exit codes: 0 done or nothing to do, 1 something is in the
way, 2 asked for wrongly; then nothing has changed.

What a run that was killed had begun, the next one takes back first. Files that
were edited since are left and named. A dry run takes nothing back: it ends with
1 until that is done.

Begin with:

  ./task gen -- feature bookmarks --fields title:string,url:url,note:text?
  ./task dev

docs/guides/generators.md tells the rest.
`)
	return b.String()
}

func explain(cmd command) string {
	var b strings.Builder
	fmt.Fprintf(&b, "./task gen -- %s\n\n%s\n", strings.TrimSpace(cmd.name+" "+cmd.args), strings.TrimSpace(cmd.help))
	set := flag.NewFlagSet(cmd.name, flag.ContinueOnError)
	if cmd.flags != nil {
		cmd.flags(set)
	}
	b.WriteString("\nFlags:\n")
	set.VisitAll(func(f *flag.Flag) { fmt.Fprintf(&b, "  --%-12s %s\n", f.Name, f.Usage) })
	fmt.Fprintf(&b, "  --%-12s %s\n", "dry-run", "say what would change, and change nothing")
	fmt.Fprintf(&b, "  --%-12s %s\n", "json", "print what was done as JSON")
	return b.String()
}
