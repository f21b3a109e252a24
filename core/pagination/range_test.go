package pagination_test

import (
	"slices"
	"testing"

	"example.com/pergola/core/pagination"
)

func TestCutRange_linksToItsNeighbors(t *testing.T) {
	t.Parallel()
	self := func(id string) string { return id }
	for name, test := range map[string]struct {
		items []string
		in    pagination.Range
		page  []string
		links pagination.Links
	}{
		"the only page":            {[]string{"c", "b"}, pagination.Range{}, []string{"c", "b"}, pagination.Links{}},
		"the first page":           {[]string{"e", "d", "c"}, pagination.Range{}, []string{"e", "d"}, pagination.Links{Older: "d"}},
		"a page in the middle":     {[]string{"c", "b", "a"}, pagination.Range{OlderThan: "d"}, []string{"c", "b"}, pagination.Links{Newer: "c", Older: "b"}},
		"the last page":            {[]string{"a"}, pagination.Range{OlderThan: "b"}, []string{"a"}, pagination.Links{Newer: "a"}},
		"back to a page before":    {[]string{"e", "d", "c"}, pagination.Range{NewerThan: "b"}, []string{"d", "c"}, pagination.Links{Newer: "d", Older: "c"}},
		"back to the newest page":  {[]string{"e", "d"}, pagination.Range{NewerThan: "c"}, []string{"e", "d"}, pagination.Links{Older: "d"}},
		"nothing is left to show":  {nil, pagination.Range{OlderThan: "a"}, nil, pagination.Links{}},
		"nothing newer to go back": {nil, pagination.Range{NewerThan: "e"}, nil, pagination.Links{}},
	} {
		page, links := pagination.CutRange(test.items, 2, test.in, self)
		if !slices.Equal(page, test.page) || links != test.links {
			t.Errorf("%s: got %v and %+v, want %v and %+v", name, page, links, test.page, test.links)
		}
	}
}
