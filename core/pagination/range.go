package pagination

import "net/url"

// Range selects a page of a list by its neighbors: the items older than one, or
// newer than one. At most one of the two is set; the zero Range is the newest
// page. Unlike a Cursor it leads in both directions.
type Range struct {
	OlderThan string // Links.Older of the page before
	NewerThan string // Links.Newer of the page after
}

// Links are the neighbors of a page: the ids for the Range of the newer and the
// older page, "" if there is none.
type Links struct {
	Newer string
	Older string
}

// ParseRange reads a range from the query parameters "older" and "newer".
func ParseRange(query url.Values) Range {
	return Range{OlderThan: query.Get("older"), NewerThan: query.Get("newer")}
}

// CutRange returns a page of size items and its neighbors. The items are the
// size+1 nearest ones of the range, newest first, so that CutRange can tell
// whether there are more.
func CutRange[T any](items []T, size int, in Range, id func(T) string) (page []T, links Links) {
	more := len(items) > size
	hasNewer, hasOlder := in.OlderThan != "", more
	if in.NewerThan != "" {
		hasNewer, hasOlder = more, true
	}
	switch {
	case more && in.NewerThan != "":
		items = items[1:]
	case more:
		items = items[:size]
	}
	if len(items) == 0 {
		return items, Links{}
	}
	if hasNewer {
		links.Newer = id(items[0])
	}
	if hasOlder {
		links.Older = id(items[len(items)-1])
	}
	return items, links
}
