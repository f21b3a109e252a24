package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
)

// The dimensions of the picture, in pixels.
const (
	pictureWidth = 1120
	cardLeft     = 70 // imports are drawn left of it
	cardWidth    = 970
	cardRight    = cardLeft + cardWidth
	cardGap      = 26
	titleHeight  = 54
	rowHeight    = 20
	padding      = 16
	trackWidth   = 14
	top          = 24
)

// columns holds the x-positions of a card's three columns.
var columns = [3]int{cardLeft + padding, cardLeft + 360, cardLeft + 670}

// columnChars holds how many characters fit into each column.
var columnChars = [3]int{46, 40, 40}

// line is one line of text in a card.
type line struct {
	text  string
	note  string // in a smaller font after the text
	class string
	event string // published or handled
	out   bool   // published
}

// card is a feature, or the bridge, in the picture.
type card struct {
	name, subtitle string
	needs          []string
	columns        [3][]line
	y, height      int
}

// port is the position at which an event leaves or enters a card.
type port struct{ y, card int }

// svg draws a card for each feature with three columns for its channels, jobs and
// events, events as arrows on the right, and imports on the left. The result is
// deterministic, follows the reader's color scheme, and has a text description.
func svg(a application) []byte {
	cards := cardsOf(a)
	y := top
	for i := range cards {
		cards[i].y = y
		rows := max(len(cards[i].columns[0]), len(cards[i].columns[1]), len(cards[i].columns[2]))
		cards[i].height = titleHeight + rows*rowHeight + padding/2
		y += cards[i].height + cardGap
	}
	height := y + 14
	var arrows bytes.Buffer
	needTracks, eventTracks := drawNeeds(&arrows, cards), drawEvents(&arrows, cards)
	left := min(0, cardLeft-trackWidth*(needTracks+2))
	right := max(pictureWidth, cardRight+trackWidth*(eventTracks+2))
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="%d 0 %d %d" width="%[2]d" height="%[3]d" role="img" aria-labelledby="title description">`+"\n", left, right-left, height)
	fmt.Fprintf(&b, "<title id=\"title\">How the features are connected</title>\n<desc id=\"description\">%s</desc>\n", escaped(inWords(a)))
	b.WriteString(style)
	fmt.Fprintf(&b, `<rect class="paper" x="%d" width="%d" height="%d" rx="8"/>`+"\n", left, right-left, height)
	for _, c := range cards {
		c.draw(&b)
	}
	b.Write(arrows.Bytes())
	fmt.Fprintf(&b, `<text class="note" x="%d" y="%d">%s</text>`+"\n", cardLeft, y, escaped(legend))
	b.WriteString("</svg>\n")
	return b.Bytes()
}

const legend = "↑ to browsers  ·  ↕ from browsers, too  ·  ⚙ job  ·  ▤ table or view  ·  solid line: an event, from publisher to handler  ·  dashed line: an import"

const style = `<style>
  svg { --paper: #fff; --card: #f7f7f4; --edge: #d5d3ca; --ink: #23241f; --faint: #62645a; --out: #1f6f4a; --in: #8a4b08; --event: #2f5fb3; --need: #8a8c80; font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace }
  @media (prefers-color-scheme: dark) { svg { --paper: #16171a; --card: #1f2125; --edge: #3b3e45; --ink: #ecece6; --faint: #a3a69b; --out: #7fd0a5; --in: #f0b26c; --event: #93b8f7; --need: #8d9085 } }
  .paper { fill: var(--paper) } .card { fill: var(--card); stroke: var(--edge) }
  text { fill: var(--ink) } .name { font: 600 16px system-ui, sans-serif } .faint { fill: var(--faint) } .head { fill: var(--faint); font: 600 11px system-ui, sans-serif }
  .note { fill: var(--faint); font-size: 10.5px } .out { fill: var(--out) } .in { fill: var(--in) } .event { fill: var(--event) }
  .arrow { fill: none; stroke: var(--event); stroke-width: 1.6 } .tip { fill: var(--event) }
  .need { fill: none; stroke: var(--need); stroke-width: 1.4; stroke-dasharray: 4 3 } .needtip { fill: var(--need) }
</style>
`

func cardsOf(a application) []card {
	var cards []card
	for _, f := range a.Features {
		c := card{name: f.Name, subtitle: strings.Join(f.places(), "  "), needs: f.Needs}
		for _, channel := range f.Channels {
			class, arrow := "out", "↑"
			if channel.Inbound {
				class, arrow = "in", "↕"
			}
			c.columns[0] = append(c.columns[0], line{text: arrow + " " + channel.Name, note: channel.Scope, class: class})
		}
		for _, j := range f.Jobs {
			note := ""
			if len(j.Schedules) > 0 {
				note = "scheduled"
			}
			c.columns[1] = append(c.columns[1], line{text: "⚙ " + j.Name, note: note})
		}
		for _, table := range f.Tables {
			c.columns[1] = append(c.columns[1], line{text: "▤ " + table, class: "faint"})
		}
		for _, e := range f.Events {
			c.columns[2] = append(c.columns[2], line{text: e.Name + " →", class: "event", event: e.Name, out: true})
		}
		for _, h := range f.Handles {
			c.columns[2] = append(c.columns[2], line{text: "→ " + h.Handler, event: h.Event})
		}
		cards = append(cards, c)
	}
	if len(a.Bridge) > 0 {
		c := card{name: "bridge", subtitle: "the events that leave the server, each to one channel"}
		for _, f := range a.Bridge {
			c.columns[0] = append(c.columns[0], line{text: "↑ " + f.Channel, class: "out"})
			c.columns[2] = append(c.columns[2], line{text: "→ " + f.Event, event: f.Event})
		}
		cards = append(cards, c)
	}
	return cards
}

func (c card) draw(b *bytes.Buffer) {
	fmt.Fprintf(b, `<rect class="card" x="%d" y="%d" width="%d" height="%d" rx="8"/>`+"\n", cardLeft, c.y, cardWidth, c.height)
	fmt.Fprintf(b, `<text class="name" x="%d" y="%d">%s</text>`, columns[0], c.y+23, escaped(c.name))
	fmt.Fprintf(b, `<text class="faint" x="%d" y="%d">%s</text>`+"\n", columns[1], c.y+23, escaped(shortened(c.subtitle, 83)))
	for i, head := range [3]string{"channels to browsers", "jobs and tables", "events"} {
		if len(c.columns[i]) > 0 {
			fmt.Fprintf(b, `<text class="head" x="%d" y="%d">%s</text>`+"\n", columns[i], c.y+43, head)
		}
	}
	for i, lines := range c.columns {
		for row, l := range lines {
			x, y := columns[i], c.rowY(row)
			limit := columnChars[i] - len(l.note)
			fmt.Fprintf(b, `<text class="%s" x="%d" y="%d">%s`, l.class, x, y, escaped(shortened(l.text, limit)))
			if l.note != "" {
				fmt.Fprintf(b, `<tspan class="note" dx="6">%s</tspan>`, escaped(l.note))
			}
			b.WriteString("</text>\n")
		}
	}
}

// rowY returns the baseline of a row.
func (c card) rowY(row int) int { return c.y + titleHeight + row*rowHeight + 9 }

// drawEvents draws each event from its publisher to its handlers, in a track of
// its own, and returns the number of tracks.
func drawEvents(b *bytes.Buffer, cards []card) (tracks int) {
	outs, ins := map[string]port{}, map[string][]port{}
	var order []string
	for i, c := range cards {
		for row, l := range c.columns[2] {
			p := port{y: c.rowY(row) - 4, card: i}
			switch {
			case l.event == "":
			case l.out:
				outs[l.event] = p
				order = append(order, l.event)
			default:
				ins[l.event] = append(ins[l.event], p)
			}
		}
	}
	for _, event := range order {
		if len(ins[event]) == 0 {
			continue
		}
		tracks++
		x := cardRight + trackWidth*tracks
		for _, in := range ins[event] {
			fmt.Fprintf(b, `<path class="arrow" d="M%d %dH%dV%dH%d"/>`, cardRight, outs[event].y, x, in.y, cardRight+6)
			fmt.Fprintf(b, `<path class="tip" d="M%d %dl8 -4v8z"/>`+"\n", cardRight, in.y)
		}
	}
	return tracks
}

// drawNeeds draws imports, in a track for each imported feature, and returns the
// number of tracks.
func drawNeeds(b *bytes.Buffer, cards []card) (tracks int) {
	for i, needed := range cards {
		var from []int
		for j, c := range cards {
			for _, need := range c.needs {
				if need == needed.name && j != i {
					from = append(from, c.y+14+4*min(tracks, 8))
				}
			}
		}
		if len(from) == 0 {
			continue
		}
		tracks++
		x, y := cardLeft-trackWidth*tracks, needed.y+14
		for _, start := range from {
			fmt.Fprintf(b, `<path class="need" d="M%d %dH%dV%dH%d"/>`, cardLeft, start, x, y, cardLeft-6)
		}
		fmt.Fprintf(b, `<path class="needtip" d="M%d %dl-8 -4v8z"/>`+"\n", cardLeft, y)
	}
	return tracks
}

// inWords describes the picture.
func inWords(a application) string {
	var sentences []string
	for _, f := range a.Features {
		if len(f.Needs) > 0 {
			sentences = append(sentences, f.Name+" needs "+strings.Join(f.Needs, " and ")+".")
		}
		for _, h := range f.Handles {
			sentences = append(sentences, f.Name+" handles "+h.Event+".")
		}
		for _, slot := range f.Fills {
			sentences = append(sentences, f.Name+" fills the slot "+slot+".")
		}
		if len(f.Channels) > 0 {
			sentences = append(sentences, fmt.Sprintf("%s has %d channels to browsers.", f.Name, len(f.Channels)))
		}
	}
	for _, f := range a.Bridge {
		sentences = append(sentences, "The bridge forwards "+f.Event+" to "+f.Channel+".")
	}
	return strings.Join(sentences, " ")
}

func shortened(text string, most int) string {
	if chars := []rune(text); len(chars) > most {
		return string(chars[:most-1]) + "…"
	}
	return text
}

func escaped(text string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(text)); err != nil {
		panic(err) // a Builder does not fail
	}
	return b.String()
}
