package realtime

import (
	"net"
	"net/http"
	"net/netip"
	"sync"
)

// addresses counts the open connections of each address.
type addresses struct {
	mu   sync.Mutex
	open map[string]int
}

func (a *addresses) take(address string, most int) (release func(), ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.open[address] >= most {
		return nil, false
	}
	a.open[address]++
	return sync.OnceFunc(func() { a.give(address) }), true
}

func (a *addresses) give(address string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.open[address]--
	if a.open[address] <= 0 {
		delete(a.open, address)
	}
}

// addressOf returns what counts as one address: an IPv4 address, or the /64 network
// of an IPv6 address, in which one client can have any number of addresses.
func addressOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	if ip = ip.Unmap().WithZone(""); ip.Is6() {
		network, _ := ip.Prefix(64)
		return network.String()
	}
	return ip.String()
}

// networkOf returns less than the address: enough to recognize that many rejections
// have the same origin.
func networkOf(r *http.Request) string {
	if r == nil {
		return ""
	}
	address := addressOf(r)
	if ip, err := netip.ParseAddr(address); err == nil {
		return netip.PrefixFrom(ip, 24).Masked().String()
	}
	if network, err := netip.ParsePrefix(address); err == nil {
		return netip.PrefixFrom(network.Addr(), 48).Masked().String()
	}
	return ""
}
