package names

import "strings"

// WithArticle returns the name with its article: "a bookmark", "an
// article", "a user", "an hour".
func (n Name) WithArticle() string {
	spaced := n.Spaced()
	if beginsWithVowel(spaced) {
		return "an " + spaced
	}
	return "a " + spaced
}

func beginsWithVowel(word string) bool {
	for _, ending := range []string{"us", "uni", "ur", "ut", "eu", "one", "once"} {
		if strings.HasPrefix(word, ending) {
			return strings.HasPrefix(word, "usher") || strings.HasPrefix(word, "urg") || strings.HasPrefix(word, "utt")
		}
	}
	for _, silent := range []string{"hour", "honest", "honour", "honor", "heir"} {
		if strings.HasPrefix(word, silent) {
			return true
		}
	}
	return strings.ContainsRune("aeiou", rune(word[0]))
}
