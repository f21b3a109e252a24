// Prd manages the product requirements documents in docs/work/prds.
//
//	go run -C tools ./prd -root DIRECTORY new "Who else is here"
//	go run -C tools ./prd -root DIRECTORY review presence
//	go run -C tools ./prd -root DIRECTORY approve presence
//	go run -C tools ./prd -root DIRECTORY ship presence
//	go run -C tools ./prd -root DIRECTORY index
//	go run -C tools ./prd -root DIRECTORY check
//
// A document starts as a draft, and is reviewed, approved and shipped, in this
// order. Each step has a requirement: text in every section for a review, no open
// question for an approval, and links to the decision record and to the code for
// shipping. Every step regenerates the index. `check` finds documents whose state
// was changed by hand, and an outdated index.
//
// It exits with 1 if a step is rejected or a document is invalid, and with 2 if
// the arguments are invalid.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

func main() {
	root := flag.String("root", ".", "the `directory` of the repository")
	flag.Parse()
	err := run(store{root: *root}, flag.Args(), time.Now(), os.Stdout)
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, "prd:", err)
	if errors.Is(err, errUsage) {
		os.Exit(2)
	}
	os.Exit(1)
}

var errUsage = errors.New(`usage: prd new "A title" | review NAME | approve NAME | ship NAME | index | check`)

// steps are the commands that move a document, with the new state.
var steps = map[string]status{"review": inReview, "approve": approved, "ship": shipped}

func run(s store, args []string, now time.Time, stdout io.Writer) error {
	switch {
	case len(args) == 1 && args[0] == "check":
		return check(s, stdout)
	case len(args) == 1 && args[0] == "index":
		return s.writeIndex()
	case len(args) >= 2 && args[0] == "new":
		return begin(s, strings.Join(args[1:], " "), now, stdout)
	case len(args) == 2 && steps[args[0]] != "":
		return move(s, args[1], steps[args[0]], now, stdout)
	default:
		return errUsage
	}
}

func begin(s store, title string, now time.Time, stdout io.Writer) error {
	d, err := newDocument(title, now)
	if err != nil {
		return err
	}
	if err := s.add(d); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%s is a draft; fill in each section, then run: ./task prd:review -- %s\n", s.path(d.name), d.name)
	return s.writeIndex()
}

func move(s store, name string, to status, now time.Time, stdout io.Writer) error {
	d, err := s.find(strings.TrimSuffix(filepath.Base(name), ending))
	if err != nil {
		return err
	}
	if err := d.move(to, now, s.exists); err != nil {
		return fmt.Errorf("%s: %w", s.path(d.name), err)
	}
	if err := s.save(d); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%s is %s\n", s.path(d.name), to)
	return s.writeIndex()
}

// check prints all problems.
func check(s store, stdout io.Writer) error {
	documents, problems, err := s.all()
	if err != nil {
		return err
	}
	for _, d := range documents {
		for _, problem := range d.problems(s.exists) {
			problems = append(problems, s.path(d.name)+": "+problem)
		}
	}
	if len(problems) == 0 {
		fresh, err := s.indexIsFresh(documents)
		if err != nil {
			return err
		}
		if !fresh {
			problems = append(problems, s.folder()+"/README.md is out of date: regenerate it with ./task prd:index")
		}
	}
	for _, problem := range problems {
		fmt.Fprintln(stdout, problem)
	}
	if len(problems) > 0 {
		return fmt.Errorf("%d problems in %d documents", len(problems), len(documents))
	}
	fmt.Fprintf(stdout, "%d documents are valid\n", len(documents))
	return nil
}
