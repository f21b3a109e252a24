package app

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// clientIP sets RemoteAddr to the address in the trusted header. If it contains
// several addresses, the last one counts: it is the only one that the proxy itself
// has written.
func (a *App) clientIP(next http.Handler) http.Handler {
	header := a.options.ClientIPHeader
	if header == "" {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		values := r.Header.Values(header)
		if len(values) > 0 {
			last := values[len(values)-1]
			last = strings.TrimSpace(last[strings.LastIndex(last, ",")+1:])
			if addr, err := netip.ParseAddr(last); err == nil {
				r.RemoteAddr = net.JoinHostPort(addr.String(), "0")
			}
		}
		next.ServeHTTP(w, r)
	})
}
