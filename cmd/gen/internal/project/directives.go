package project

import (
	"bytes"
	"fmt"
	"go/format"
	"path"
	"regexp"
	"strings"
)

// directive matches the comment that says what a line, a region or a file needs.
// See filter.
var directive = regexp.MustCompile(`<(/?)(with|without):([a-z0-9]+(?:[|,][a-z0-9]+)*)(/?)>`)

// commentSigns removes the signs of comments around a directive.
var commentSigns = strings.NewReplacer("//", "", "#", "", "--", "", "<!", "", "/*", "", "*/", "", "{", "", "}", "", ">", "")

// line is a line of a file.
type line struct {
	text      string
	directive []string // submatches; nil if there is none
	alone     bool     // the line has nothing but the directive
}

func (l line) opens() bool {
	return l.directive != nil && l.alone && l.directive[1] == "" && l.directive[4] == ""
}
func (l line) closes() bool { return l.directive != nil && l.alone && l.directive[1] == "/" }
func (l line) single() bool { return l.directive != nil && l.directive[4] == "/" }

// needs returns the condition of the directive.
func (l line) needs() condition {
	var needs condition
	for one := range strings.SplitSeq(l.directive[3], ",") {
		needs = append(needs, strings.Split(one, "|"))
	}
	return needs
}

// linesOf splits a file and finds the directives. In Go, they are in comments.
func linesOf(name string, content []byte) []line {
	var lines []line
	for text := range strings.SplitSeq(string(content), "\n") {
		l := line{text: text}
		if at := directive.FindStringSubmatchIndex(text); at != nil && (path.Ext(name) != ".go" || strings.Contains(text[:at[0]], "//")) {
			l.directive = directive.FindStringSubmatch(text)
			l.alone = strings.TrimSpace(commentSigns.Replace(directive.ReplaceAllString(text, ""))) == ""
		}
		lines = append(lines, l)
	}
	return lines
}

// Directives returns what the directives of each file name.
func (f Files) Directives() map[string][]string {
	found := map[string][]string{}
	for name, file := range f {
		if !hasDirectives(name) || !file.Text() {
			continue
		}
		for _, l := range linesOf(name, file.Content) {
			if l.directive != nil {
				found[name] = append(found[name], l.needs().names()...)
			}
		}
	}
	return found
}

// filter removes the lines whose directives don't hold. A directive is a comment
// in the language of the file:
//
//	// <with:events/>           alone on a line: the whole file needs events
//	queue.Start() // <with:jobs/>         this line needs jobs
//	// <with:realtime>                    from here
//	// </with:realtime>                   to here
//	// <without:realtime/> noSockets(),   this line, but only without realtime
//
// A comma means and, a bar means or and binds tighter:
// <with:events|jobs,realtime>. Directives stay in the remaining lines, so that
// they can be filtered again. It reports whether the file stays.
func filter(lines []line, has has) (keep bool, content []byte, err error) {
	var left remains
	var open []line
	for number, l := range lines {
		holds := l.directive == nil || l.needs().holds(has)
		switch {
		case l.directive == nil:
			left.add(l.text)
		case l.directive[2] == "without" && !l.single():
			return false, nil, fmt.Errorf("line %d: <without:%s> can't open a region: write <without:%[2]s/> before each line", number+1, l.directive[3])
		case l.opens():
			open = append(open, l)
			left.enter(holds)
			left.add(l.text)
		case l.closes():
			if len(open) == 0 || open[len(open)-1].directive[3] != l.directive[3] {
				return false, nil, fmt.Errorf("line %d: %s closes nothing", number+1, l.directive[0])
			}
			open = open[:len(open)-1]
			left.add(l.text)
			left.leave(holds)
		case !l.single():
			return false, nil, fmt.Errorf("line %d: %s: a directive after other text ends with />; one that opens a region is alone on its line", number+1, l.directive[0])
		case l.directive[2] == "without" && !holds:
			left.add(uncommented(l))
		case l.directive[2] == "without" || holds:
			left.add(l.text)
		case l.alone:
			return false, nil, nil
		default:
			left.gap = true
		}
	}
	if len(open) > 0 {
		return false, nil, fmt.Errorf("<with:%s> is never closed", open[len(open)-1].directive[3])
	}
	return true, []byte(strings.Join(left.lines, "\n")), nil
}

// remains collects the lines that stay.
type remains struct {
	lines  []string
	hidden int  // how many of the enclosing regions are removed
	gap    bool // something before this line was removed
}

func (r *remains) enter(holds bool) {
	if !holds {
		r.hidden++
	}
}

func (r *remains) leave(holds bool) {
	if !holds {
		r.hidden--
	}
}

// add adds a line. It drops an empty one that would follow another because the
// lines between them were removed.
func (r *remains) add(text string) {
	if r.hidden > 0 {
		r.gap = true
		return
	}
	empty := strings.TrimSpace(text) == ""
	before := len(r.lines) == 0 || strings.TrimSpace(r.lines[len(r.lines)-1]) == ""
	if !(r.gap && empty && before) {
		r.lines = append(r.lines, text)
	}
	r.gap = false
}

// uncommented returns the line that follows a directive in its comment.
func uncommented(l line) string {
	indent := l.text[:len(l.text)-len(strings.TrimLeft(l.text, " \t"))]
	_, text, _ := strings.Cut(l.text, l.directive[0])
	text = strings.TrimSuffix(strings.TrimSpace(text), "-->")
	return indent + strings.TrimSpace(text)
}

// forget removes a name from the directives that offer alternatives.
func forget(lines []line, name string) []byte {
	var left []string
	for _, l := range lines {
		if l.directive != nil {
			needs := l.needs().without(name)
			l.text = strings.Replace(l.text, ":"+l.directive[3], ":"+needs.String(), 1)
		}
		left = append(left, l.text)
	}
	return []byte(strings.Join(left, "\n"))
}

// formatted formats a Go file that has changed.
func formatted(name string, before, after []byte) ([]byte, error) {
	if !strings.HasSuffix(name, ".go") || bytes.Equal(before, after) {
		return after, nil
	}
	content, err := format.Source(after)
	if err != nil {
		return nil, fmt.Errorf("%s does not parse without the lines that were removed: %w", name, err)
	}
	return content, nil
}
