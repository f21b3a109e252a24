package respond

import (
	"net/http"
	"strconv"
	"strings"

	"example.com/pergola/core/auth"
)

func signedIn(r *http.Request) bool { return auth.CurrentUser(r.Context()).SignedIn() }

func reading(r *http.Request) bool {
	return r.Method == http.MethodGet || r.Method == http.MethodHead
}

// isHTMX reports whether htmx requests a fragment. The header is "full" when it
// requests a complete page and selects a part itself.
func isHTMX(r *http.Request) bool {
	return r.Header.Get("HX-Request") == "true"
}

func prefersJSON(r *http.Request) bool {
	accept := r.Header.Values("Accept")
	json := quality(accept, "application/json")
	return json > 0 && json > quality(accept, "text/html")
}

// quality returns the weight of a media type in an Accept header. Ranges such as
// */* do not count, because every browser sends one.
func quality(accept []string, mediaType string) float64 {
	for _, line := range accept {
		for entry := range strings.SplitSeq(line, ",") {
			name, parameters, _ := strings.Cut(entry, ";")
			if strings.EqualFold(strings.TrimSpace(name), mediaType) {
				return weight(parameters)
			}
		}
	}
	return 0
}

func weight(parameters string) float64 {
	for parameter := range strings.SplitSeq(parameters, ";") {
		key, value, _ := strings.Cut(strings.TrimSpace(parameter), "=")
		if strings.EqualFold(key, "q") {
			q, err := strconv.ParseFloat(value, 64)
			if err != nil {
				return 0
			}
			return q
		}
	}
	return 1
}
