package realtime

import (
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

// gate is the check that rejected something.
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

// Gates returns the names of the gates in the order in which a message passes them.
func Gates() []string {
	names := make([]string, gateCount)
	for i := range names {
		names[i] = gate(i).String()
	}
	return names
}

// Rejected is a recent rejection, for operators. It has enough detail to distinguish
// a broken page from an attack, and only the network of the client, not its address.
type Rejected struct {
	Gate    string    // one of Gates
	Code    string    // as on the wire: a fault.Kind, CodeUnknownChannel or CodeInvalidPayload
	At      time.Time // time of the last one
	Times   int       // number of recent rejections that are the same
	Topic   string    // shortened, with control characters replaced; "" for a connection
	UserID  string    // "" for a visitor
	Network string    // the first 24 bits of an IPv4 address, 48 of an IPv6 address; "" if not known
}

// recentPerGate is the number of rejections kept for each gate. It is per gate, so
// that a flood at one does not displace those of others.
const recentPerGate = 20

// rejections holds the rejections by gate.
type rejections [gateCount]gateRejections

type gateRejections struct {
	mu     sync.Mutex
	total  int
	codes  map[string]int // how often, by code
	recent []Rejected     // oldest first
}

func (g *gateRejections) add(rejected Rejected) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.total++
	if g.codes == nil {
		g.codes = map[string]int{}
	}
	g.codes[rejected.Code]++
	rejected.Times = 1
	for i, known := range g.recent {
		if rejected.same(known) {
			rejected.Times += known.Times
			g.recent = slices.Delete(g.recent, i, i+1)
			break
		}
	}
	if len(g.recent) == recentPerGate {
		g.recent = slices.Delete(g.recent, 0, 1)
	}
	g.recent = append(g.recent, rejected)
}

func (r Rejected) same(other Rejected) bool {
	return r.Code == other.Code && r.Topic == other.Topic && r.UserID == other.UserID && r.Network == other.Network
}

func (rs *rejections) byGate() (totals map[string]int, recent []Rejected) {
	totals = make(map[string]int, gateCount)
	for i := range rs {
		g := &rs[i]
		g.mu.Lock()
		totals[gate(i).String()] = g.total
		recent = append(recent, g.recent...)
		g.mu.Unlock()
	}
	slices.SortStableFunc(recent, func(a, b Rejected) int { return b.At.Compare(a.At) })
	return totals, recent
}

// shortTopic makes a topic that a client sent safe to store and display.
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
