package templates

import (
	"bytes"
	"errors"
	"fmt"
	"go/scanner"
	"strings"

	"github.com/a-h/parse"
	"github.com/a-h/templ/parser/v2"
)

// located returns an error of the template parser with its position first, in the
// format of a compiler: ":12:3: message".
func located(err error) error {
	var mistake parse.ParseError
	if !errors.As(err, &mistake) {
		return fmt.Errorf(":1:1: %w", err)
	}
	return fmt.Errorf(":%d:%d: %s", mistake.Pos.Line+1, mistake.Pos.Col+1, mistake.Msg)
}

// inSource translates the position of an error in generated code to the
// template.
func inSource(err error, sources *parser.SourceMap) error {
	var mistakes scanner.ErrorList
	if !errors.As(err, &mistakes) || len(mistakes) == 0 {
		return fmt.Errorf(":1:1: %w", err)
	}
	at := mistakes[0].Pos
	line, column, ok := find(sources, at.Line, at.Column)
	if !ok {
		return fmt.Errorf(":1:1: %s", mistakes[0].Msg)
	}
	return fmt.Errorf(":%d:%d: %s", line, column, mistakes[0].Msg)
}

// Source translates a position in generated code, as reported by the Go compiler,
// to the one in the template.
func (s *Set) Source(goFile string, line, column int) (name string, sourceLine, sourceColumn int, ok bool) {
	template, isTemplate := strings.CutSuffix(goFile, "_templ.go")
	if !isTemplate {
		return "", 0, 0, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	name = template + ".templ"
	output, known := s.outputs[name]
	if !known {
		return "", 0, 0, false
	}
	line, column, ok = output.unformatted(line, column)
	if !ok {
		return "", 0, 0, false
	}
	sourceLine, sourceColumn, ok = find(output.SourceMap, line, column)
	return name, sourceLine, sourceColumn, ok
}

// unformatted returns the position of a line before formatting: the nearest one
// that differs only in its indentation.
func (g generated) unformatted(line, column int) (rawLine, rawColumn int, ok bool) {
	formatted := bytes.Split(g.code, []byte("\n"))
	raw := bytes.Split(g.raw, []byte("\n"))
	if line < 1 || line > len(formatted) {
		return 0, 0, false
	}
	wanted := formatted[line-1]
	best := -1
	for i, candidate := range raw {
		if bytes.Equal(bytes.TrimSpace(candidate), bytes.TrimSpace(wanted)) && (best < 0 || distance(i, line-1) < distance(best, line-1)) {
			best = i
		}
	}
	if best < 0 {
		return 0, 0, false
	}
	return best + 1, column - indentation(wanted) + indentation(raw[best]), true
}

func distance(a, b int) int { return max(a-b, b-a) }

func indentation(line []byte) int { return len(line) - len(bytes.TrimLeft(line, " \t")) }

func find(sources *parser.SourceMap, line, column int) (sourceLine, sourceColumn int, ok bool) {
	if line < 1 || column < 1 {
		return 0, 0, false
	}
	p, ok := sources.SourcePositionFromTarget(uint32(line-1), uint32(column-1))
	return int(p.Line) + 1, int(p.Col) + 1, ok
}
