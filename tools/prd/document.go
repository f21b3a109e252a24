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

// status is the state of a document.
type status string

const (
	draft    status = "draft"
	inReview status = "in-review"
	approved status = "approved"
	shipped  status = "shipped"
)

// lifecycle is the order of the states.
var lifecycle = []status{draft, inReview, approved, shipped}

// commandTo is the command that moves a document to a state.
var commandTo = map[status]string{inReview: "prd:review", approved: "prd:approve", shipped: "prd:ship"}

const day = "2006-01-02"

// document is one file: its front matter (between two lines of dashes) and its
// text.
type document struct {
	name  string // of the file, without its extension
	title string
	state status
	since map[status]string // the day on which it reached each state
	body  string
}

// headings are the required sections of every document.
var headings = []string{"Problem", "Users", "What they can do", "Out of scope", "Success criteria"}

const shippedHeading = "What was built"

const template = `
# %s

## Problem

<!-- What is hard or missing today, and how we know. -->

## Users

<!-- Who has the problem, in the words of the glossary. -->

## What they can do

<!-- One sentence for each thing that they can do afterwards. -->

## Out of scope

<!-- What one might expect here but will not get, and why. -->

## Success criteria

<!-- A test or a figure that shows that it works. -->

## Open questions

<!-- "- [ ] question"; all must be answered before approval. -->

## What was built

<!-- When it has shipped: links to the decision record and to the code. -->
`

var wordBreak = regexp.MustCompile(`[^a-z0-9]+`)

func newDocument(title string, now time.Time) (*document, error) {
	title = strings.Join(strings.Fields(title), " ")
	name := strings.Trim(wordBreak.ReplaceAllString(strings.ToLower(title), "-"), "-")
	switch {
	case strings.ContainsFunc(title, unicode.IsControl) || len(title) > 100:
		return nil, errors.New("a title must be one line of up to 100 characters")
	case name == "":
		return nil, fmt.Errorf("the title %q contains no letter from a to z: the file is named after it", title)
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
		return nil, errors.New("it does not start with front matter (---): create it with ./task prd:new")
	}
	head, d.body, ok = strings.Cut(head, "\n---\n")
	if !ok {
		return nil, errors.New("the front matter is not closed by a second line of ---")
	}
	for line := range strings.SplitSeq(head, "\n") {
		key, value, ok := strings.Cut(line, ": ")
		switch {
		case !ok:
			return nil, fmt.Errorf("%q is not of the form `key: value`", line)
		case key == "title":
			d.title = value
		case key == "status":
			d.state = status(value)
		case slices.Contains(lifecycle, status(key)):
			d.since[status(key)] = value
		default:
			return nil, fmt.Errorf("unknown key %q: allowed are title, status and the name of each state", key)
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

// move moves the document to the state if it is the next one and the document
// meets its requirements.
func (d *document) move(to status, now time.Time, exists func(string) bool) error {
	at := slices.Index(lifecycle, d.state)
	if at < 0 {
		return fmt.Errorf("unknown status %q: must be one of %s", d.state, joined(lifecycle))
	}
	if at == len(lifecycle)-1 {
		return fmt.Errorf("it is %s, which is the last state: create a new document with ./task prd:new", d.state)
	}
	if next := lifecycle[at+1]; next != to {
		return fmt.Errorf("it is %s and cannot become %s: the next state is %s (./task %s -- %s)", d.state, to, next, commandTo[next], d.name)
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

// problems returns what is wrong with the document in its current state.
func (d *document) problems(exists func(string) bool) []string {
	problems := d.headProblems()
	for _, heading := range headings {
		if section, ok := d.section(heading); !ok {
			problems = append(problems, fmt.Sprintf("the heading %q is missing", "## "+heading))
		} else if section == "" && d.state != draft {
			problems = append(problems, fmt.Sprintf("the section %q is empty", heading))
		}
	}
	if d.has(approved) && strings.Contains(remark.ReplaceAllString(d.body, ""), "- [ ]") {
		problems = append(problems, "a question is open: answer it and check it off, or remove it")
	}
	if d.has(shipped) {
		problems = append(problems, d.linkProblems(exists)...)
	}
	return problems
}

// has reports whether the document has reached a state.
func (d *document) has(state status) bool {
	return slices.Index(lifecycle, d.state) >= slices.Index(lifecycle, state)
}

func (d *document) headProblems() []string {
	var problems []string
	if d.title == "" || !strings.Contains(d.body, "\n# "+d.title+"\n") {
		problems = append(problems, fmt.Sprintf("the title %q differs from the heading", d.title))
	}
	at := slices.Index(lifecycle, d.state)
	if at < 0 {
		return append(problems, fmt.Sprintf("unknown status %q: must be one of %s", d.state, joined(lifecycle)))
	}
	last := ""
	for i, state := range lifecycle {
		since, ok := d.since[state]
		switch {
		case i <= at && !ok:
			problems = append(problems, fmt.Sprintf("it is %s but has no date for %s: move it with ./task, which records the day", d.state, state))
		case i > at && ok:
			problems = append(problems, fmt.Sprintf("it is %s but has a date for %s: states only move forward", d.state, state))
		case ok && !isDay(since):
			problems = append(problems, fmt.Sprintf("%s: %q is not a date, such as 2026-01-31", state, since))
		case ok && since < last:
			problems = append(problems, fmt.Sprintf("the date of %s, %s, is before that of the previous state", state, since))
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

// section returns the text under a heading, without comments.
func (d *document) section(heading string) (string, bool) {
	_, after, ok := strings.Cut("\n"+d.body, "\n## "+heading+"\n")
	if !ok {
		return "", false
	}
	text, _, _ := strings.Cut(after, "\n## ")
	return strings.TrimSpace(remark.ReplaceAllString(text, "")), true
}

var linkTarget = regexp.MustCompile(`\]\(([^)#]+)[^)]*\)`)

// code lists the folders of code that a document may link to.
var code = []string{"core/", "features/", "cmd/", "web/", "migrations/", "tools/"}

// linkProblems returns the links that a shipped document lacks.
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
		problems = append(problems, fmt.Sprintf("no decision record is linked under %q: it contains the design, for example [the reasons](../../decisions/adr-002-shelves.md)", shippedHeading))
	}
	if !built {
		problems = append(problems, fmt.Sprintf("no code is linked under %q, for example [presence.go](../../../core/realtime/presence.go)", shippedHeading))
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
