// Vet is a tool for `go vet` that checks the rules of package boundaries.
//
//	go build -C tools -o ../.data/bin/vet ./vet
//	go vet -vettool=.data/bin/vet ./...
//
// It prints one line for each finding, "file:line:column: what is wrong: what
// to do instead", and exits with 1 if there are any. The go command caches the
// results, so that only changed packages are checked again.
package main

import (
	"golang.org/x/tools/go/analysis/unitchecker"

	"example.com/pergola/tools/vet/boundaries"
)

func main() {
	unitchecker.Main(boundaries.Analyzers()...)
}
