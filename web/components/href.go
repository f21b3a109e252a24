package components

import "net/url"

// Href returns a path with query parameters, given as alternating names and
// values. Parameters with an empty value are omitted.
func Href(path string, params ...string) string {
	query := url.Values{}
	for i := 0; i+1 < len(params); i += 2 {
		if params[i+1] != "" {
			query.Set(params[i], params[i+1])
		}
	}
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}
