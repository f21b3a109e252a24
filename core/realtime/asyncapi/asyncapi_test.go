package asyncapi_test

import (
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"example.com/pergola/core/feature"
	"example.com/pergola/core/realtime"
	"example.com/pergola/core/realtime/asyncapi"
)

var update = flag.Bool("update", false, "update the golden file")

type Stamp struct {
	At time.Time `json:"at" validate:"required"`
	By uuid.UUID `json:"by"`
}

type Line struct {
	Title    string  `json:"title" validate:"required,max=200"`
	Amount   float64 `json:"amount" validate:"gt=0,lte=99.5"`
	Children []Line  `json:"children"`
	Next     *Line   `json:"next"`
}

type Page[T any] struct {
	Items []T `json:"items" validate:"max=50"`
	Total int `json:"total" validate:"min=0"`
}

type State string

type Order struct {
	Stamp
	Number   int64           `json:"number,string"`
	State    State           `json:"state" validate:"required,oneof=new 'in stock' paid"`
	Priority int             `json:"priority" validate:"required,oneof=1 2 3"`
	Lines    []*Line         `json:"lines" validate:"required,min=1"`
	ByName   map[string]Line `json:"byName"`
	Position [2]float64      `json:"position"`
	Note     string          `json:"note,omitempty" validate:"omitempty,min=3,max=80"`
	Parent   *Line           `json:"parent,omitempty"`
	URL      string          `json:"url" validate:"required,startswith=/orders/"`
	Mail     string          `json:"mail" validate:"email"`
	Tags     []string        `json:"tags" validate:"unique,dive,max=20,alphanum"`
	Code     string          `json:"code" validate:"len=4,containsany=!?"`
	Agreed   bool            `json:"agreed" validate:"required"`
	Photo    []byte          `json:"photo"`
	Count    uint8           `json:"count"`
	Any      json.RawMessage `json:"any"`
	Secret   string          `json:"-"`
}

var (
	orders = realtime.DefineChannel[Order]("shop.orders", realtime.Role("seller"))
	mine   = realtime.DefineUserChannel[Line]("shop.mine.{userId}")
	page   = realtime.DefineKeyedChannel[Page[Line]]("shop.page.{pageId}.lines", realtime.Public)
)

func describe(channels ...realtime.AnyChannel) []realtime.ChannelDescription {
	descriptions := realtime.Describe([]feature.Manifest{{Name: "shop", Parts: []feature.Part{realtime.Channels(channels)}}})
	for i := range descriptions {
		descriptions[i].Inbound = descriptions[i].Name == "shop.orders"
	}
	return descriptions
}

func write(t *testing.T, channels ...realtime.AnyChannel) string {
	t.Helper()
	var got strings.Builder
	if err := asyncapi.Write(&got, asyncapi.Info{Title: "Shop", Version: "1.2.3", Cookie: "shop_session"}, describe(channels...)); err != nil {
		t.Fatal(err)
	}
	return got.String()
}

func TestWrite_describesChannelsAndPayloads(t *testing.T) {
	t.Parallel()
	const golden = "testdata/shop.golden.json"

	got := write(t, orders, mine, page)

	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the document has changed; run with -update to accept it:\n%s", got)
	}
	if again := write(t, orders, mine, page); again != got {
		t.Error("a second call writes another document")
	}
}

func TestWrite_requiresASessionWhereNeeded(t *testing.T) {
	t.Parallel()

	var document struct {
		Operations map[string]struct {
			Action   string
			Security []any
		}
	}
	if err := json.Unmarshal([]byte(write(t, orders, mine, page)), &document); err != nil {
		t.Fatal(err)
	}

	for operation, want := range map[string]bool{
		"shop.orders.broadcast": true, "shop.orders.receive": true, "shop.mine.userId.broadcast": true, "shop.page.pageId.lines.broadcast": false,
	} {
		if got := len(document.Operations[operation].Security) > 0; got != want {
			t.Errorf("operation %s: requires a session = %v, want %v", operation, got, want)
		}
	}
	if document.Operations["shop.orders.receive"].Action != "receive" || len(document.Operations) != 4 {
		t.Errorf("operations = %v", document.Operations)
	}
}

func TestWrite_rejectsAPayloadWithoutAName(t *testing.T) {
	t.Parallel()
	channel := realtime.DefineChannel[struct {
		A int `json:"a"`
	}]("shop.nameless")

	err := asyncapi.Write(&strings.Builder{}, asyncapi.Info{}, describe(channel))

	if err == nil || !strings.Contains(err.Error(), "shop.nameless") {
		t.Errorf("Write = %v, want an error that names the channel", err)
	}
}
