package names

import "strings"

// irregular has plurals without a rule, by singular.
var irregular = map[string]string{
	"child": "children", "person": "people", "man": "men", "woman": "women", "foot": "feet", "tooth": "teeth",
	"goose": "geese", "mouse": "mice", "ox": "oxen", "leaf": "leaves", "life": "lives", "knife": "knives",
	"shelf": "shelves", "half": "halves", "wolf": "wolves", "loaf": "loaves", "thief": "thieves",
	"index": "indexes", "analysis": "analyses", "basis": "bases", "crisis": "crises", "thesis": "theses",
	"criterion": "criteria", "datum": "data", "medium": "media", "quiz": "quizzes", "hero": "heroes", "potato": "potatoes",
	"tomato": "tomatoes", "echo": "echoes", "bus": "buses", "gas": "gases", "status": "statuses", "campus": "campuses",
	"virus": "viruses", "bonus": "bonuses", "census": "censuses", "lens": "lenses", "alias": "aliases", "atlas": "atlases",
	"canvas": "canvases", "news": "news", "series": "series", "species": "species", "movie": "movies", "cookie": "cookies",
	"tie": "ties", "pie": "pies", "cache": "caches", "house": "houses", "course": "courses", "expense": "expenses",
	"response": "responses", "case": "cases", "phase": "phases", "purchase": "purchases", "release": "releases",
	"database": "databases", "invoice": "invoices", "recipe": "recipes", "size": "sizes", "prize": "prizes", "axis": "axes",
	"exercise": "exercises", "license": "licenses", "licence": "licences", "message": "messages", "note": "notes",
}

// uncountable words have no plural.
var uncountable = map[string]bool{
	"equipment": true, "information": true, "money": true, "music": true, "news": true, "series": true,
	"sheep": true, "fish": true, "species": true, "software": true, "weather": true, "furniture": true, "homework": true,
}

// Plural returns the name of many: "reading-lists", "categories", "people".
func (n Name) Plural() Name { return n.withLast(pluralWord) }

// Singular returns the name of one: "bookmark" of "bookmarks".
func (n Name) Singular() Name { return n.withLast(singularWord) }

func (n Name) withLast(change func(string) string) Name {
	words := append([]string(nil), n.words...)
	words[len(words)-1] = change(words[len(words)-1])
	return Name{words: words}
}

func pluralWord(word string) string {
	if plural, ok := irregular[word]; ok {
		return plural
	}
	switch {
	case uncountable[word]:
		return word
	case endsIn(word, "s", "x", "z", "ch", "sh"):
		return word + "es"
	case endsIn(word, "y") && len(word) > 1 && !strings.ContainsRune("aeiou", rune(word[len(word)-2])):
		return word[:len(word)-1] + "ies"
	default:
		return word + "s"
	}
}

func singularWord(word string) string {
	for singular, plural := range irregular {
		if plural == word {
			return singular
		}
	}
	if _, isSingular := irregular[word]; isSingular || uncountable[word] {
		return word
	}
	switch {
	case endsIn(word, "ies") && len(word) > 4:
		return word[:len(word)-3] + "y"
	case endsIn(word, "sses", "xes", "zes", "ches", "shes"):
		return word[:len(word)-2]
	case endsIn(word, "ss", "us", "is"):
		return word
	case endsIn(word, "s") && len(word) > 1:
		return word[:len(word)-1]
	default:
		return word
	}
}

func endsIn(word string, endings ...string) bool {
	for _, ending := range endings {
		if strings.HasSuffix(word, ending) {
			return true
		}
	}
	return false
}
