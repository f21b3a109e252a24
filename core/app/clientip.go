package app

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
)

// clientIP sets RemoteAddr to the address in the trusted header. If it contains
// several addresses, the last one counts: it is the only one that the proxy itself
// has written. Without a usable address all clients would count as one, so the
// first such request is logged with the remedy.
func (a *App) clientIP(next http.Handler) http.Handler {
	header := http.CanonicalHeaderKey(a.options.ClientIPHeader)
	var once sync.Once
	if header == "" {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if forwarded := forwardedBy(r); forwarded != "" && !a.options.Development {
				once.Do(func() {
					a.options.Logger.WarnContext(r.Context(), "a request was forwarded by a proxy, and CLIENT_IP_HEADER is not set: all clients behind the proxy count as one for rate limits", "header", forwarded)
				})
			}
			next.ServeHTTP(w, r)
		})
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if values := r.Header.Values(header); len(values) > 0 {
			last := lastElement(values[len(values)-1])
			if header == "Forwarded" {
				last = forwardedFor(last)
			}
			if addr, ok := parseAddress(last); ok {
				r.RemoteAddr = net.JoinHostPort(addr.String(), "0")
			} else {
				once.Do(func() {
					a.options.Logger.WarnContext(r.Context(), "the header of CLIENT_IP_HEADER holds no address: such clients count as one for rate limits", "header", header, "value", last)
				})
			}
		}
		next.ServeHTTP(w, r)
	})
}

// forwardedBy returns the header that shows that a proxy forwarded the request,
// or "".
func forwardedBy(r *http.Request) string {
	for _, header := range []string{"X-Forwarded-For", "Forwarded", "X-Real-Ip"} {
		if r.Header.Get(header) != "" {
			return header
		}
	}
	return ""
}

// lastElement returns the last element of a comma-separated list. Commas in quoted
// strings don't separate.
func lastElement(list string) string {
	start, quoted := 0, false
	for i, c := range []byte(list) {
		switch {
		case c == '"' && (i == 0 || list[i-1] != '\\'):
			quoted = !quoted
		case c == ',' && !quoted:
			start = i + 1
		}
	}
	return strings.TrimSpace(list[start:])
}

// forwardedFor returns the node of the parameter "for" in an element of the header
// Forwarded (RFC 7239).
func forwardedFor(element string) string {
	for parameter := range strings.SplitSeq(element, ";") {
		name, value, _ := strings.Cut(parameter, "=")
		if strings.EqualFold(strings.TrimSpace(name), "for") {
			return strings.Trim(strings.TrimSpace(value), `"`)
		}
	}
	return ""
}

// parseAddress parses an address with or without a port, and an IPv6 address with
// or without brackets.
func parseAddress(text string) (netip.Addr, bool) {
	if withPort, err := netip.ParseAddrPort(text); err == nil {
		return withPort.Addr().Unmap().WithZone(""), true
	}
	if strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]") {
		text = text[1 : len(text)-1]
	}
	addr, err := netip.ParseAddr(text)
	return addr.Unmap().WithZone(""), err == nil
}
