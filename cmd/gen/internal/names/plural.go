package names

import (
	"sync"

	"github.com/gertd/go-pluralize"
)

// english knows plurals. It is made when it is first needed, which takes a
// millisecond.
var english = sync.OnceValue(func() *pluralize.Client {
	client := pluralize.NewClient()
	for one, many := range map[string]string{ // that the library gets wrong, or puts in Latin
		"ache": "aches", "avalanche": "avalanches", "axis": "axes", "brioche": "brioches", "cache": "caches",
		"headache": "headaches", "index": "indexes", "lens": "lenses", "moustache": "moustaches", "mustache": "mustaches",
		"niche": "niches", "psyche": "psyches", "quiche": "quiches", "virus": "viruses",
	} {
		client.AddIrregularRule(one, many)
	}
	return client
})

// Plural returns the name of many: "reading-lists", "categories", "people".
func (n Name) Plural() Name { return n.withLast(english().Plural) }

// Singular returns the name of one: "bookmark" of "bookmarks".
func (n Name) Singular() Name { return n.withLast(english().Singular) }

func (n Name) withLast(change func(string) string) Name {
	words := append([]string(nil), n.words...)
	words[len(words)-1] = change(words[len(words)-1])
	return Name{words: words}
}
