package parts

import (
	"bytes"
	"fmt"
	"go/format"
	"path"
	"regexp"
	"strings"
)

// mark is how a file says what needs a part. See cut.
var mark = regexp.MustCompile(`<(/?)(with|without):([a-z0-9]+(?:[|,][a-z0-9]+)*)(/?)>`)

// commentSigns are what a mark may be wrapped in.
var commentSigns = strings.NewReplacer("//", "", "#", "", "--", "", "<!", "", "/*", "", "*/", "", "{", "", "}", "", ">", "")

// line is a line and the mark in it, if there is one.
type line struct {
	text  string
	mark  []string // of the expression mark; nil if there is none
	alone bool     // there is nothing but the mark, as a comment
}

func (l line) opens() bool  { return l.mark != nil && l.alone && l.mark[1] == "" && l.mark[4] == "" }
func (l line) closes() bool { return l.mark != nil && l.alone && l.mark[1] == "/" }
func (l line) single() bool { return l.mark != nil && l.mark[4] == "/" }

// needs is the condition of the mark.
func (l line) needs() condition {
	var needs condition
	for one := range strings.SplitSeq(l.mark[3], ",") {
		needs = append(needs, strings.Split(one, "|"))
	}
	return needs
}

// linesOf finds the marks in a file. In Go, what stands before a comment is
// none.
func linesOf(name string, content []byte) []line {
	var lines []line
	for text := range strings.SplitSeq(string(content), "\n") {
		l := line{text: text}
		if at := mark.FindStringSubmatchIndex(text); at != nil && (path.Ext(name) != ".go" || strings.Contains(text[:at[0]], "//")) {
			l.mark = mark.FindStringSubmatch(text)
			l.alone = strings.TrimSpace(commentSigns.Replace(mark.ReplaceAllString(text, ""))) == ""
		}
		lines = append(lines, l)
	}
	return lines
}

// cut leaves out what needs a part that is not there. Marks are comments of the
// language of the file:
//
//	// <with:events/>           alone on a line: the whole file needs events
//	queue.Start() // <with:jobs/>         this line needs jobs
//	// <with:realtime>                    from here
//	// </with:realtime>                   to here
//	// <without:realtime/> noSockets(),   what stands here without realtime
//
// A comma means and, a bar means or, which binds closer:
// <with:events|jobs,realtime>. What is left keeps its marks, so that it can be
// cut again. It reports whether anything of the file is to stay.
func cut(lines []line, there func(part string) bool) (keep bool, content []byte, err error) {
	var left remains
	var open []line
	for number, l := range lines {
		holds := l.mark == nil || l.needs().holds(there)
		switch {
		case l.mark == nil:
			left.add(l.text)
		case l.mark[2] == "without" && !l.single():
			return false, nil, fmt.Errorf("line %d: write <without:%s/> and behind it the line itself: there are no regions of that kind", number+1, l.mark[3])
		case l.opens():
			open = append(open, l)
			left.enter(holds)
			left.add(l.text)
		case l.closes():
			if len(open) == 0 || open[len(open)-1].mark[3] != l.mark[3] {
				return false, nil, fmt.Errorf("line %d: %s closes nothing", number+1, l.mark[0])
			}
			open = open[:len(open)-1]
			left.add(l.text)
			left.leave(holds)
		case !l.single():
			return false, nil, fmt.Errorf("line %d: %s: a mark beside other text ends with />, and one that opens a region stands alone", number+1, l.mark[0])
		case l.mark[2] == "without" && !holds:
			left.add(uncommented(l))
		case l.mark[2] == "without" || holds:
			left.add(l.text)
		case l.alone:
			return false, nil, nil
		default:
			left.gap = true
		}
	}
	if len(open) > 0 {
		return false, nil, fmt.Errorf("<with:%s> is never closed", open[len(open)-1].mark[3])
	}
	return true, []byte(strings.Join(left.lines, "\n")), nil
}

// remains collects the lines that stay.
type remains struct {
	lines  []string
	hidden int  // of the regions around the line, how many are left out
	gap    bool // something was left out before this line
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

// add takes a line, but no second empty one because of what stood between.
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

// uncommented is the line that a mark has kept ready.
func uncommented(l line) string {
	indent := l.text[:len(l.text)-len(strings.TrimLeft(l.text, " \t"))]
	_, text, _ := strings.Cut(l.text, l.mark[0])
	text = strings.TrimSuffix(strings.TrimSpace(text), "-->")
	return indent + strings.TrimSpace(text)
}

// forget takes a part out of the marks that leave a choice.
func forget(lines []line, part string) []byte {
	var left []string
	for _, l := range lines {
		if l.mark != nil {
			needs := l.needs().without(part)
			l.text = strings.Replace(l.text, ":"+l.mark[3], ":"+needs.String(), 1)
		}
		left = append(left, l.text)
	}
	return []byte(strings.Join(left, "\n"))
}

// formatted is Go as gofmt has it, if it was cut.
func formatted(name string, before, after []byte) ([]byte, error) {
	if !strings.HasSuffix(name, ".go") || bytes.Equal(before, after) {
		return after, nil
	}
	content, err := format.Source(after)
	if err != nil {
		return nil, fmt.Errorf("%s: what is left is no Go: %w", name, err)
	}
	return content, nil
}
