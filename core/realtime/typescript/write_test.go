package typescript_test

import (
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"example.com/pergola/core/feature"
	"example.com/pergola/core/realtime"
	"example.com/pergola/core/realtime/typescript"
)

var update = flag.Bool("update", false, "update the golden file")

type Stamp struct {
	At time.Time `json:"at"`
	By uuid.UUID `json:"by"`
}

type Line struct {
	Title    string   `json:"title"`
	Amount   float64  `json:"amount"`
	Tags     []string `json:"tags"`
	Children []Line   `json:"children"`
	Next     *Line    `json:"next"`
}

type Page[T any] struct {
	Items []T `json:"items"`
	Total int `json:"total"`
}

type State string

type Order struct {
	Stamp
	Number   int64              `json:"number,string"`
	State    State              `json:"state" validate:"required,oneof=new paid"`
	Lines    []*Line            `json:"lines"`
	ByName   map[string]Line    `json:"byName"`
	Position [2]float64         `json:"position"`
	Note     string             `json:"note,omitempty"`
	Parent   *Line              `json:"parent,omitempty"`
	Paid     bool               `json:"paid"`
	Photo    []byte             `json:"photo"`
	Odd      map[string][]*bool `json:"odd name"`
	Line1    uint8              `json:"line1"`
	Secret   string             `json:"-"`
}

var channels = realtime.Channels{
	realtime.DefineChannel[Order]("shop.orders", realtime.Role("seller")),
	realtime.DefineUserChannel[Line]("shop.mine.{userId}"),
	realtime.DefineKeyedChannel[Page[Line]]("shop.page.{pageId}"),
}

func TestWrite_mapsGoStructsToInterfaces(t *testing.T) {
	t.Parallel()
	const golden = "testdata/shop.golden.ts"
	var got strings.Builder

	err := typescript.Write(&got, realtime.Describe([]feature.Manifest{{Name: "shop", Parts: []feature.Part{channels}}}))

	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got.String(), want)
	}
}

func TestWrite_namesUnsupportedTypes(t *testing.T) {
	t.Parallel()
	type odd struct {
		Value any `json:"value"`
	}
	for want, channel := range map[string]realtime.AnyChannel{
		"field Value": realtime.DefineChannel[odd]("shop.odd"),
		"a unique name": realtime.DefineChannel[struct {
			N int `json:"n"`
		}]("shop.count"),
	} {
		err := typescript.Write(&strings.Builder{}, realtime.Describe([]feature.Manifest{
			{Name: "shop", Parts: []feature.Part{realtime.Channels{channel}}},
		}))

		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one that contains %q", err, want)
		}
	}
}
