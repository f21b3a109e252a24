// Linkcheck finds broken links in Markdown files: relative links to files that do
// not exist, and anchors without a heading. It does not use the network: URLs with
// a scheme are ignored.
//
//	go run -C tools ./linkcheck DIRECTORY
//
// It prints one line for each broken link, "file:line: what is wrong", and exits
// with 1 if there are any.
package main

import (
	"fmt"
	"os"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: linkcheck DIRECTORY")
		os.Exit(2)
	}
	report, err := check(os.DirFS(os.Args[1]))
	if err != nil {
		fmt.Fprintln(os.Stderr, "linkcheck:", err)
		os.Exit(2)
	}
	for _, broken := range report.broken {
		fmt.Println(broken)
	}
	if len(report.broken) > 0 {
		fmt.Printf("%d broken of %d links in %d files\n", len(report.broken), report.links, report.files)
		os.Exit(1)
	}
	fmt.Printf("%d links in %d files are valid\n", report.links, report.files)
}
