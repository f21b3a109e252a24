// Vet finds what crosses the boundaries of the application: the rules of the
// package boundaries, for `go vet` to run.
//
//	go build -C tools -o ../.data/bin/vet ./vet
//	go vet -vettool=.data/bin/vet ./...
//
// It prints one line for each finding, "file:line:column: what is wrong: what
// to do instead", and ends with 1 if there are any. The go command keeps what
// it found in its build cache, so that only what changed is looked at again.
package main

import (
	"golang.org/x/tools/go/analysis/unitchecker"

	"example.com/pergola/tools/vet/boundaries"
)

func main() {
	unitchecker.Main(boundaries.Analyzers()...)
}
