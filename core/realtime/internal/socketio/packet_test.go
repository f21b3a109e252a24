package socketio

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestParsePacket_acceptsValidPackets(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`0`:                               `0 / "" []`,
		`0{"token":1}`:                    `0 / "" []`,
		`0/admin,{"token":1}`:             `0 /admin "" []`,
		`0/admin`:                         `0 /admin "" []`,
		`1`:                               `1 / "" []`,
		`2["x"]`:                          `2 / "" ["x"]`,
		`212["x",1,{"a":[]}]`:             `2 / "12" ["x" 1 {"a":[]}]`,
		`2/admin,0["x"]`:                  `2 /admin "0" ["x"]`,
		`2["x",9007199254740993]`:         `2 / "" ["x" 9007199254740993]`,
		` 2["x"]`[1:] + " ":               `2 / "" ["x"]`,
		`37[]`:                            `3 / "7" []`,
		`37[{"a":1}]`:                     `3 / "7" [{"a":1}]`,
		`218446744073709551615["x"]`:      `2 / "18446744073709551615" ["x"]`,
		`2["x","` + "\u2028" + `\u0000"]`: `2 / "" ["x" "` + "\u2028" + `\u0000"]`,
	} {
		p, err := parsePacket([]byte(text), 0)
		if got := fmt.Sprintf("%c %s %q %s", p.kind, p.namespace, p.id, p.args); err != nil || got != want {
			t.Errorf("%s: got %s %v, want %s", text, got, err, want)
		}
	}
}

func TestParsePacket_rejectsInvalidPackets(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		``, `7`, `9["x"]`, `x`, `2`, `2x`, `2{}`, `2[`, `2["x"`, `2["x"]]`, `2["x"]xyz`, `2["x"],`, `2["x"]["y"]`, `2[]`, `2null`, `2"x"`,
		`218446744073709551616["x"]`, `2-1["x"]`, `2/admin["x"]`, `2/` + strings.Repeat("x", 200) + `,["x"]`,
		`0[]`, `0"x"`, `0{}x`, `0null`, `1["x"]`, `1{}`, `3["x"]`, `3`, `3{}`, `4{"message":"x"}`,
		`51-["x",{"_placeholder":true,"num":0}]`, `61-7[]`, `2["x",{"a":1,}]`, `2["x",01]`, `2['x']`, "2[\"x\",\"\n\"]",
		`2` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000),
	} {
		if p, err := parsePacket([]byte(text), 0); err == nil {
			t.Errorf("%.60s was accepted as %c %s", text, p.kind, p.args)
		}
	}
	for _, text := range []string{`5["x"]`, `5-["x"]`, `5-1-["x"]`, `511-["x"]`, `5+1-["x"]`, `5 1-["x"]`} {
		if p, err := parsePacket([]byte(text), 10); err == nil {
			t.Errorf("%.60s was accepted as %c with %d attachments", text, p.kind, p.attachments)
		}
	}
}

func TestEvent_requiresAName(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`2[true]`, `2[null]`, `2[["x"]]`, `2[{"x":1}]`} {
		p, err := parsePacket([]byte(text), 0)
		if err == nil {
			_, err = p.event()
		}
		if err == nil {
			t.Errorf("%s was accepted as an event", text)
		}
	}
}

func TestAssembler_expectsAttachmentsAfterTheirPacket(t *testing.T) {
	t.Parallel()
	a := assembler{most: 10, limit: 100}
	if _, complete, err := a.text([]byte(`52-7["x",{"_placeholder":true,"num":1}]`)); complete || err != nil {
		t.Fatalf("complete %v, error %v", complete, err)
	}
	if _, complete, err := a.binary([]byte("one")); complete || err != nil {
		t.Fatalf("after the first: complete %v, error %v", complete, err)
	}

	p, complete, err := a.binary([]byte("two"))

	event, eventErr := p.event()
	if !complete || err != nil || eventErr != nil || len(event.Args) != 1 || string(bytes.Join(event.Attachments, []byte(" "))) != "one two" || event.id != "7" {
		t.Errorf("got %+v, complete %v, errors %v %v", event, complete, err, eventErr)
	}
	if _, _, err := a.binary([]byte("three")); !errors.Is(err, errUnexpected) {
		t.Errorf("a third attachment: %v", err)
	}
	_, _, _ = a.text([]byte(`51-["x"]`))
	if _, _, err := a.text([]byte(`2["y"]`)); !errors.Is(err, errUnexpected) {
		t.Errorf("a text message instead of an attachment: %v", err)
	}
	if _, _, err := a.binary(make([]byte, 101)); !errors.Is(err, errTooLarge) {
		t.Errorf("attachments over the limit: %v", err)
	}
}

func TestNewEvent_canBeParsed(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"x", `a "quoted" name`, "über.allem", "</script>"} {
		frame := NewEvent(name, json.RawMessage(`{"a":1}`), json.RawMessage(`null`))

		_, text, _ := bytes.Cut(frame.data, []byte("4"))
		p, err := parsePacket(text, 0)
		if err != nil {
			t.Fatal(err)
		}
		event, err := p.event()
		if err != nil || event.Name != name || len(event.Args) != 2 || string(event.Args[0]) != `{"a":1}` {
			t.Errorf("%s: got %+v, %v", frame.data, event, err)
		}
	}
}

// Every accepted event is complete, valid JSON, and no part of it is changed or dropped.
// Seeds are in testdata.
func FuzzPacket(f *testing.F) {
	for _, seed := range []string{`2["x",1]`, `20["x",{"a":9007199254740993}]`, `0{"a":1}`, `0/x,`, `1`, `30[]`, `51-["x",{"_placeholder":true,"num":0}]`, `2["x"]y`, `2[`, `2["\ud800"]`, "2[\"\xff\"]"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := parsePacket(text, 10)
		if err != nil {
			return
		}
		for _, arg := range p.args {
			if !json.Valid(arg) || !bytes.Contains(text, arg) {
				t.Fatalf("%q is not part of the packet %q", arg, text)
			}
		}
		if p.kind != packetEvent {
			return
		}
		event, err := p.event()
		if err != nil {
			return
		}
		array, err := json.Marshal(p.args)
		if err != nil {
			t.Fatal(err)
		}
		at := bytes.IndexByte(text, '[')
		var compact bytes.Buffer
		if err := json.Compact(&compact, text[at:]); err != nil {
			t.Fatalf("accepted %q, which is not JSON: %v", text, err)
		}
		var sent bytes.Buffer
		json.HTMLEscape(&sent, compact.Bytes())
		if !bytes.Equal(sent.Bytes(), array) {
			t.Fatalf("sent %s, read %s (%+v)", sent.Bytes(), array, event)
		}
	})
}
