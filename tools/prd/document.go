package main

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
)

// status is where a document stands.
type status string

const (
	draft    status = "draft"
	inReview status = "in-review"
	approved status = "approved"
	shipped  status = "shipped"
)

// lifecycle is the only order of the states.
var lifecycle = []status{draft, inReview, approved, shipped}

// commandTo is how a document comes into a state.
var commandTo = map[status]string{inReview: "prd:review", approved: "prd:approve", shipped: "prd:ship"}

const day = "2006-01-02"

// document is one file: what stands between the two lines of dashes, and the
// text.
type document struct {
	name  string // of the file, without its ending
	title string
	state status
	since map[status]string // the day on which it came into each state
	body  string
}

// headings are those under which every document has something to say.
var headings = []string{"Problem", "For whom", "What they can do", "Not now", "How we know that it works"}

const shippedHeading = "What was built"

const template = `
# %s

## Problem

<!-- What is hard or missing today, and how we know. -->

## For whom

<!-- Who has the problem, in the words of the glossary. -->

## What they can do

<!-- One sentence for each thing that somebody can do afterwards. -->

## Not now

<!-- What one could expect here and will not get, and why. -->

## How we know that it works

<!-- What a test or a figure shows. -->

## Open questions

<!-- "- [ ] question"; an approval waits until all are answered. -->

## What was built

<!-- When it is shipped: links to the decision record and to the code. -->
`

var wordBreak = regexp.MustCompile(`[^a-z0-9]+`)

func newDocument(title string, now time.Time) (*document, error) {
	title = strings.Join(strings.Fields(title), " ")
	name := strings.Trim(wordBreak.ReplaceAllString(strings.ToLower(title), "-"), "-")
	switch {
	case strings.ContainsFunc(title, unicode.IsControl) || len(title) > 100:
		return nil, errors.New("a title is one line of up to 100 characters")
	case name == "":
		return nil, fmt.Errorf("the title %q has no letter from a to z: the file is named after it", title)
	}
	return &document{
		name: name, title: title, state: draft,
		since: map[status]string{draft: now.Format(day)},
		body:  fmt.Sprintf(template, title),
	}, nil
}

func parse(name, text string) (*document, error) {
	d := &document{name: name, since: map[status]string{}}
	head, ok := strings.CutPrefix(text, "---\n")
	if !ok {
		return nil, errors.New("it does not begin with --- and what the document is: make it with ./task prd:new")
	}
	head, d.body, ok = strings.Cut(head, "\n---\n")
	if !ok {
		return nil, errors.New("the second line of --- is missing")
	}
	for line := range strings.SplitSeq(head, "\n") {
		key, value, ok := strings.Cut(line, ": ")
		switch {
		case !ok:
			return nil, fmt.Errorf("%q is no `key: value`", line)
		case key == "title":
			d.title = value
		case key == "status":
			d.state = status(value)
		case slices.Contains(lifecycle, status(key)):
			d.since[status(key)] = value
		default:
			return nil, fmt.Errorf("the key %q is unknown: there are title, status and a day for each state", key)
		}
	}
	return d, nil
}

func (d *document) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "---\ntitle: %s\nstatus: %s\n", d.title, d.state)
	for _, state := range lifecycle {
		if since, ok := d.since[state]; ok {
			fmt.Fprintf(&b, "%s: %s\n", state, since)
		}
	}
	return b.String() + "---\n" + d.body
}

// move brings the document into the next state, if it is the next and the
// document is ready for it.
func (d *document) move(to status, now time.Time, exists func(string) bool) error {
	at := slices.Index(lifecycle, d.state)
	if at < 0 {
		return fmt.Errorf("its status %q is unknown: it is one of %s", d.state, joined(lifecycle))
	}
	if at == len(lifecycle)-1 {
		return fmt.Errorf("it is %s, and nothing comes after that: begin a new document with ./task prd:new", d.state)
	}
	if next := lifecycle[at+1]; next != to {
		return fmt.Errorf("it is %s and cannot become %s: allowed is %s (./task %s -- %s)", d.state, to, next, commandTo[next], d.name)
	}
	after := *d
	after.state, after.since = to, map[status]string{to: now.Format(day)}
	for state, since := range d.since {
		after.since[state] = since
	}
	if problems := after.problems(exists); len(problems) > 0 {
		return fmt.Errorf("it cannot become %s yet: %s", to, strings.Join(problems, "; "))
	}
	*d = after
	return nil
}

// problems are what is wrong with the document in the state that it is in.
func (d *document) problems(exists func(string) bool) []string {
	problems := d.headProblems()
	for _, heading := range headings {
		if section, ok := d.section(heading); !ok {
			problems = append(problems, fmt.Sprintf("the heading %q is missing", "## "+heading))
		} else if section == "" && d.state != draft {
			problems = append(problems, fmt.Sprintf("nothing stands under %q", heading))
		}
	}
	if d.has(approved) && strings.Contains(remark.ReplaceAllString(d.body, ""), "- [ ]") {
		problems = append(problems, "a question is open: answer it and tick it, or take it out")
	}
	if d.has(shipped) {
		problems = append(problems, d.linkProblems(exists)...)
	}
	return problems
}

// has reports whether the document has been in a state.
func (d *document) has(state status) bool {
	return slices.Index(lifecycle, d.state) >= slices.Index(lifecycle, state)
}

func (d *document) headProblems() []string {
	var problems []string
	if d.title == "" || !strings.Contains(d.body, "\n# "+d.title+"\n") {
		problems = append(problems, fmt.Sprintf("the title %q is not that of the heading", d.title))
	}
	at := slices.Index(lifecycle, d.state)
	if at < 0 {
		return append(problems, fmt.Sprintf("the status %q is unknown: it is one of %s", d.state, joined(lifecycle)))
	}
	last := ""
	for i, state := range lifecycle {
		since, ok := d.since[state]
		switch {
		case i <= at && !ok:
			problems = append(problems, fmt.Sprintf("it is %s and has never been %s: bring it there with ./task, which notes the day", d.state, state))
		case i > at && ok:
			problems = append(problems, fmt.Sprintf("it is %s and has been %s already: states only go forward", d.state, state))
		case ok && !isDay(since):
			problems = append(problems, fmt.Sprintf("%s: %q is no day such as 2026-01-31", state, since))
		case ok && since < last:
			problems = append(problems, fmt.Sprintf("it was %s on %s, before what comes before that", state, since))
		}
		if ok {
			last = since
		}
	}
	return problems
}

func isDay(text string) bool {
	_, err := time.Parse(day, text)
	return err == nil
}

var remark = regexp.MustCompile(`(?s)<!--.*?-->`)

// section is the text under a heading, without remarks.
func (d *document) section(heading string) (string, bool) {
	_, after, ok := strings.Cut("\n"+d.body, "\n## "+heading+"\n")
	if !ok {
		return "", false
	}
	text, _, _ := strings.Cut(after, "\n## ")
	return strings.TrimSpace(remark.ReplaceAllString(text, "")), true
}

var linkTarget = regexp.MustCompile(`\]\(([^)#]+)[^)]*\)`)

// code is where what a document promises may have been built.
var code = []string{"core/", "features/", "cmd/", "web/", "migrations/", "tools/"}

// linkProblems says which links are missing in what is shipped.
func (d *document) linkProblems(exists func(string) bool) []string {
	section, _ := d.section(shippedHeading)
	var decision, built bool
	var problems []string
	for _, link := range linkTarget.FindAllStringSubmatch(section, -1) {
		target := path.Join(folder, link[1])
		switch {
		case strings.Contains(link[1], "://"):
		case !exists(target):
			problems = append(problems, link[1]+" does not exist")
		case strings.HasPrefix(target, "docs/decisions/adr-"):
			decision = true
		case slices.ContainsFunc(code, func(folder string) bool { return strings.HasPrefix(target, folder) }):
			built = true
		}
	}
	if !decision {
		problems = append(problems, fmt.Sprintf("no decision record is linked under %q: the design lives there, such as [the reasons](../../decisions/adr-002-shelves.md)", shippedHeading))
	}
	if !built {
		problems = append(problems, fmt.Sprintf("no code is linked under %q, such as [presence.go](../../../core/realtime/presence.go)", shippedHeading))
	}
	return problems
}

func joined(states []status) string {
	words := make([]string, len(states))
	for i, state := range states {
		words[i] = string(state)
	}
	return strings.Join(words, ", ")
}
