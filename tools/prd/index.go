package main

import (
	"bytes"
	"fmt"
	"strings"
)

const indexHead = `# What is to be built, and why

<!-- Written by ./task prd:index and every other prd: task. Do not edit. -->

One document for each thing that is worth a conversation before it is built. It says whose problem it is and what will be
possible afterwards, and nothing of how: durable design lives in [decision records](../../decisions/README.md), and a document that
is shipped links to the one that holds its design, and to the code.

| Command | Moves it to | Asks for |
|---|---|---|
| ` + "`./task prd:new -- <title>`" + ` | draft | a title |
| ` + "`./task prd:review -- <name>`" + ` | in-review | something under every heading |
| ` + "`./task prd:approve -- <name>`" + ` | approved | no open question |
| ` + "`./task prd:ship -- <name>`" + ` | shipped | links to the decision record and to the code |

There is no other way from state to state, and ` + "`./task check`" + ` finds who took one.
`

// index is the page that lists the documents by their state, what is worked on
// first.
func index(documents []*document) []byte {
	var b bytes.Buffer
	b.WriteString(indexHead)
	for _, state := range []status{inReview, draft, approved, shipped} {
		begun := false
		for _, d := range documents {
			if d.state != state {
				continue
			}
			if !begun {
				fmt.Fprintf(&b, "\n## %s\n\n| | Since |\n|---|---|\n", strings.ToUpper(string(state[:1]))+strings.ReplaceAll(string(state[1:]), "-", " "))
				begun = true
			}
			fmt.Fprintf(&b, "| [%s](%s%s) | %s |\n", strings.ReplaceAll(d.title, "|", `\|`), d.name, ending, d.since[state])
		}
	}
	return b.Bytes()
}
