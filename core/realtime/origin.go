package realtime

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// origins are the origins whose pages may connect.
type origins map[string]bool

func newOrigins(listed []string) (origins, error) {
	allowed := origins{}
	for _, text := range listed {
		if text == "" {
			continue
		}
		origin, err := url.Parse(text)
		if err != nil || origin.Host == "" || origin.Scheme != "http" && origin.Scheme != "https" {
			return nil, fmt.Errorf("realtime: origin %q: must be an origin such as https://example.com", text)
		}
		allowed[origin.Scheme+"://"+plainHost(origin.Scheme, origin.Host)] = true
	}
	return allowed, nil
}

// admit reports whether a page of the request's origin may connect. Browsers always send
// the Origin header for websockets, so a request without it does not come from a page of
// another site.
func (allowed origins) admit(r *http.Request) bool {
	switch values := r.Header.Values("Origin"); len(values) {
	case 0:
		return true
	case 1:
		origin, err := url.Parse(values[0])
		if err != nil || origin.Host == "" {
			return false // "null", too
		}
		host := plainHost(origin.Scheme, origin.Host)
		return host == plainHost(origin.Scheme, r.Host) || allowed[strings.ToLower(origin.Scheme)+"://"+host]
	default:
		return false
	}
}

// plainHost returns the host in lower case without the scheme's default port.
func plainHost(scheme, host string) string {
	host = strings.ToLower(host)
	switch strings.ToLower(scheme) {
	case "http":
		return strings.TrimSuffix(host, ":80")
	case "https":
		return strings.TrimSuffix(host, ":443")
	default:
		return host
	}
}
