package blog

import (
	"bytes"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// mostCells is the size of the largest table. No text that people write comes
// near it.
const mostCells = 10_000

// smallTables leaves what would be a larger table as the text that it is. Rows
// are filled up to the width of the first: a line of ten thousand columns above
// twenty thousand short ones is a small text, and a table that fills the memory
// of the machine.
type smallTables struct{}

func (smallTables) Transform(paragraph *ast.Paragraph, reader text.Reader, _ parser.Context) {
	lines, columns := paragraph.Lines(), 0
	for i := range lines.Len() {
		line := lines.At(i)
		columns = max(columns, bytes.Count(line.Value(reader.Source()), []byte("|")))
	}
	if lines.Len()*columns <= mostCells {
		return
	}
	asItIs := ast.NewTextBlock()
	asItIs.SetLines(lines)
	paragraph.Parent().ReplaceChild(paragraph.Parent(), paragraph, asItIs)
}
