package realtime

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

// gate is where something was refused.
type gate int

const (
	gateConnection gate = iota
	gateSubscribe
	gateInbound
	gateSender
	gateLimits
	gateCount
)

func (g gate) String() string {
	return [gateCount]string{"connection", "subscribe", "inbound", "sender", "limits"}[g]
}

// Gates are the gates at which something can be refused, in the order in which
// a message passes them.
func Gates() []string {
	names := make([]string, gateCount)
	for i := range names {
		names[i] = gate(i).String()
	}
	return names
}

// Refused is something that was refused lately, for whoever runs the
// application. It says as much as tells a broken page from an attack, and not
// who sits where: of an address only the network.
type Refused struct {
	Gate    string    // one of Gates
	Code    string    // as on the wire: a fault.Kind, CodeUnknownChannel or CodeInvalidPayload
	At      time.Time // the last time
	Times   int       // how often the very same was refused lately
	Topic   string    // what was asked for, shortened, control characters replaced; "" for a connection
	UserID  string    // "" if nobody was signed in
	Network string    // the first 24 bits of an IPv4 address, 48 of an IPv6 address; "" if not known
}

// recentPerGate is how many are kept of each gate, so that a flood at one gate
// drowns nothing at the others.
const recentPerGate = 20

// refusals are what was refused, by gate.
type refusals [gateCount]gateRefusals

type gateRefusals struct {
	mu     sync.Mutex
	total  int
	codes  map[string]int // how often, by code
	recent []Refused      // oldest first
}

func (g *gateRefusals) add(refused Refused) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.total++
	if g.codes == nil {
		g.codes = map[string]int{}
	}
	g.codes[refused.Code]++
	refused.Times = 1
	for i, known := range g.recent {
		if refused.same(known) {
			refused.Times += known.Times
			g.recent = slices.Delete(g.recent, i, i+1)
			break
		}
	}
	if len(g.recent) == recentPerGate {
		g.recent = slices.Delete(g.recent, 0, 1)
	}
	g.recent = append(g.recent, refused)
}

func (r Refused) same(other Refused) bool {
	return r.Code == other.Code && r.Topic == other.Topic && r.UserID == other.UserID && r.Network == other.Network
}

func (rs *refusals) byGate() (totals map[string]int, recent []Refused) {
	totals = make(map[string]int, gateCount)
	for i := range rs {
		g := &rs[i]
		g.mu.Lock()
		totals[gate(i).String()] = g.total
		recent = append(recent, g.recent...)
		g.mu.Unlock()
	}
	slices.SortStableFunc(recent, func(a, b Refused) int { return b.At.Compare(a.At) })
	return totals, recent
}

// asker is who asked for what was refused, as far as that is known.
type asker struct {
	network string // that the connection came from
	userID  string
	topic   string
}

// refused remembers an error at its gate and hands it on.
func (g *gates) refused(at gate, err error, by asker) error {
	if err == nil {
		return nil
	}
	g.hub.refusals[at].add(Refused{
		Gate:    at.String(),
		Code:    refusalOf(err).Code,
		At:      g.now(),
		Topic:   shortTopic(by.topic),
		UserID:  by.userID,
		Network: by.network,
	})
	g.hub.changes.Add(1)
	return err
}

func (s *socket) asker(topic string) asker {
	return asker{network: s.network, userID: s.userID, topic: topic}
}

// networkOf is less than an address: enough to see that many refusals have one
// origin.
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

// shortTopic makes what a client sends fit to be kept and shown.
func shortTopic(topic string) string {
	const limit = 100
	if len(topic) > limit {
		cut := limit
		for cut > 0 && !utf8.RuneStart(topic[cut]) {
			cut--
		}
		topic = topic[:cut] + "…"
	}
	return strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) {
			return unicode.ReplacementChar
		}
		return r
	}, topic)
}
