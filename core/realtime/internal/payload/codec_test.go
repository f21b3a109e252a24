package payload_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"example.com/pergola/core/realtime/internal/payload"
)

type base struct {
	ID string `json:"id"`
}

type item struct {
	Title string   `json:"title" validate:"required"`
	Tags  []string `json:"tags"`
}

type order struct {
	base
	Count    int64             `json:"count" validate:"min=0"`
	Price    float64           `json:"price"`
	Paid     bool              `json:"paid"`
	At       time.Time         `json:"at"`
	Items    []item            `json:"items" validate:"max=3,dive"`
	Labels   map[string]string `json:"labels"`
	Parent   *item             `json:"parent"`
	Pair     [2]int            `json:"pair"`
	Size     uint8             `json:"size"`
	Big      int64             `json:"big,string"`
	Note     string            `json:"note,omitempty"`
	State    string            `json:"state" validate:"oneof=new done"`
	Photo    []byte            `json:"photo"`
	Hidden   string            `json:"-"`
	Untagged string
	private  string
}

const valid = `{"id":"1","count":9007199254740993,"price":1.5,"paid":false,"at":"2026-01-02T03:04:05Z","items":[{"title":"a","tags":[]},{"title":"b","tags":["x"]}],` +
	`"labels":{"k":"v"},"parent":null,"pair":[1,2],"size":255,"big":"9223372036854775807","state":"new","photo":"aGk=","Untagged":""}`

func codecOf[T any](t testing.TB) *payload.Codec {
	t.Helper()
	codec, err := payload.NewCodec(reflect.TypeFor[T]())
	if err != nil {
		t.Fatal(err)
	}
	return codec
}

func TestDecode_keepsEveryValue(t *testing.T) {
	t.Parallel()

	decoded, err := codecOf[order](t).Decode([]byte(valid))

	if err != nil {
		t.Fatal(err)
	}
	got := decoded.(*order)
	if got.Count != 9007199254740993 || got.Big != 9223372036854775807 || got.ID != "1" || len(got.Items) != 2 || got.Items[1].Tags[0] != "x" || string(got.Photo) != "hi" {
		t.Errorf("got %+v", got)
	}
}

func TestDecode_rejectsInvalidPayloads(t *testing.T) {
	t.Parallel()
	codec := codecOf[order](t)
	tests := map[string]struct{ from, to, want string }{
		"a missing field":              {`"paid":false,`, ``, "paid is missing."},
		"a missing embedded field":     {`"id":"1",`, ``, "id is missing."},
		"a missing nested field":       {`{"title":"b",`, `{`, "items[1].title is missing."},
		"an unknown field":             {`"paid":false,`, `"paid":false,"admin":true,`, `"admin" is unknown.`},
		"an unknown nested field":      {`"title":"b",`, `"title":"b","x":{"y":[1,"}"]},`, `items[1]."x" is unknown.`},
		"a hidden field":               {`"paid":false,`, `"paid":false,"Hidden":"x",`, `"Hidden" is unknown.`},
		"a private field":              {`"paid":false,`, `"paid":false,"private":"x",`, `"private" is unknown.`},
		"a name in another case":       {`"paid"`, `"Paid"`, `"Paid" is unknown.`},
		"a duplicate field":            {`"paid":false,`, `"paid":false,"paid":true,`, "paid appears twice."},
		"a duplicate nested field":     {`"title":"b",`, `"title":"b","title":"c",`, "items[1].title appears twice."},
		"a duplicate escaped field":    {`"paid":false,`, `"paid":false,"p\u0061id":true,`, "paid appears twice."},
		"a duplicate key of a map":     {`{"k":"v"}`, `{"k":"v","k":"w"}`, `labels."k" appears twice.`},
		"a string for a number":        {`"count":9007199254740993`, `"count":"1"`, "count must be a number."},
		"a fraction for an integer":    {`"count":9007199254740993`, `"count":1.5`, "count does not fit int64."},
		"a number that is too large":   {`"size":255`, `"size":256`, "size does not fit uint8."},
		"a number for a string":        {`"id":"1"`, `"id":1`, "id must be a string."},
		"a string for a boolean":       {`"paid":false`, `"paid":"false"`, "paid must be true or false."},
		"an object for an array":       {`"tags":["x"]`, `"tags":{}`, "items[1].tags must be an array."},
		"an array for an object":       {`"labels":{"k":"v"}`, `"labels":[]`, "labels must be an object."},
		"an invalid entry of a list":   {`["x"]`, `["x",1]`, "items[1].tags[1] must be a string."},
		"an invalid entry of a map":    {`{"k":"v"}`, `{"k":1}`, `labels."k" must be a string.`},
		"null for a string":            {`"id":"1"`, `"id":null`, "id must be a string."},
		"null for an array":            {`"tags":[]`, `"tags":null`, "items[0].tags must be an array."},
		"null for a time":              {`"at":"2026-01-02T03:04:05Z"`, `"at":null`, "at must not be null."},
		"null for bytes":               {`"photo":"aGk="`, `"photo":null`, "photo must be a string."},
		"an invalid time":              {`"at":"2026-01-02T03:04:05Z"`, `"at":"yesterday"`, "The payload has a value that cannot be read."},
		"an array that is too long":    {`[1,2]`, `[1,2,3]`, "pair must have 2 entries."},
		"an array that is too short":   {`[1,2]`, `[1]`, "pair must have 2 entries."},
		"a number for a quoted number": {`"big":"9223372036854775807"`, `"big":1`, "big must be a string."},
		"a violated rule":              {`"state":"new"`, `"state":"old"`, "state must be one of new, done."},
		"a violated nested rule":       {`"title":"b"`, `"title":""`, "items[1].title must not be empty."},
		"a violated rule of a number":  {`"count":9007199254740993`, `"count":-1`, "count must be at least 0."},
		"trailing data":                {`"Untagged":""}`, `"Untagged":""}{}`, "The payload is not JSON."},
		"trailing garbage":             {`"Untagged":""}`, `"Untagged":""}x`, "The payload is not JSON."},
		"a truncated payload":          {`"Untagged":""}`, `"Untagged":""`, "The payload is not JSON."},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if strings.Count(valid, test.from) != 1 {
				t.Fatalf("%q does not appear exactly once in the payload", test.from)
			}

			_, err := codec.Decode([]byte(strings.Replace(valid, test.from, test.to, 1)))

			if !errors.Is(err, payload.ErrInvalid) || err.Error() != test.want {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
	for _, text := range []string{``, `null`, `[]`, `"x"`, `1`, `{`, `{"a"}`} {
		if _, err := codec.Decode([]byte(text)); !errors.Is(err, payload.ErrInvalid) {
			t.Errorf("Decode(%s): error %v, want ErrInvalid", text, err)
		}
	}
}

func TestDecode_shortensUnknownNames(t *testing.T) {
	t.Parallel()

	_, err := codecOf[base](t).Decode([]byte(`{"` + strings.Repeat("x", 10_000) + `\n":1}`))

	if err == nil || len(err.Error()) > 100 || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %.200v", err)
	}
}

func TestDecode_acceptsAbsentOptionalFields(t *testing.T) {
	t.Parallel()
	type optional struct {
		A string    `json:"a,omitempty"`
		B time.Time `json:"b,omitzero"`
		C *int      `json:"c"`
	}

	decoded, err := codecOf[optional](t).Decode([]byte(` { "c" : null } `))

	if err != nil || decoded.(*optional).C != nil {
		t.Errorf("got %+v, %v", decoded, err)
	}
	if _, err := codecOf[optional](t).Decode([]byte(`{"a":null,"c":1}`)); err == nil {
		t.Error("null was accepted for a string")
	}
}

func TestEncode_writesNilListsAsEmptyOnes(t *testing.T) {
	t.Parallel()
	original := order{
		Items:   []item{{Title: "a"}},
		State:   "new",
		private: "not encoded",
		Parent:  &item{Title: "p"},
		At:      time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
	}
	codec := codecOf[order](t)

	data, err := codec.Encode(original)

	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"items":[{"title":"a","tags":[]}]`, `"labels":{}`, `"parent":{"title":"p","tags":[]}`, `"photo":""`} {
		if !strings.Contains(string(data), want) {
			t.Errorf("%s does not contain %s", data, want)
		}
	}
	if original.Items[0].Tags != nil || original.Parent.Tags != nil || original.Labels != nil {
		t.Error("the original was changed")
	}
	if _, err := codec.Decode(data); err != nil {
		t.Errorf("Decode cannot read the encoded payload: %v", err)
	}
}

func TestEncode_rejectsInvalidPayloads(t *testing.T) {
	t.Parallel()

	_, err := codecOf[order](t).Encode(order{State: "new", Items: make([]item, 4)})

	if !errors.Is(err, payload.ErrInvalid) || err.Error() != "items must have at most 3 entries." {
		t.Errorf("error %v", err)
	}
}

func TestCodec_supportsRecursiveTypes(t *testing.T) {
	t.Parallel()
	type tree struct {
		Name     string           `json:"name"`
		Left     *tree            `json:"left"`
		Children []tree           `json:"children"`
		ByName   map[string]*tree `json:"byName"`
	}
	codec := codecOf[tree](t)

	data, err := codec.Encode(tree{Name: "a", Left: &tree{Name: "l"}, Children: []tree{{Name: "b"}}, ByName: map[string]*tree{"x": {Name: "c"}, "y": nil}})
	if err != nil {
		t.Fatal(err)
	}

	if strings.Contains(string(data), `"children":null`) {
		t.Errorf("%s has a null list", data)
	}
	if _, err := codec.Decode(data); err != nil {
		t.Error(err)
	}
	bad := strings.Replace(string(data), `"name":"b"`, `"name":"b","z":1`, 1)
	if _, err := codec.Decode([]byte(bad)); err == nil || err.Error() != `children[0]."z" is unknown.` {
		t.Errorf("error %v", err)
	}
}

func TestNewCodec_rejectsUnsupportedTypes(t *testing.T) {
	t.Parallel()
	twice := reflect.StructOf([]reflect.StructField{
		{Name: "A", Type: reflect.TypeFor[string](), Tag: `json:"x"`},
		{Name: "B", Type: reflect.TypeFor[string](), Tag: `json:"x"`},
	})
	type embedsPointer struct{ *base }
	type function struct{ F func() }
	type intKeys struct{ M map[int]string }
	type anything struct{ V json.Marshaler }
	for _, payloadType := range []reflect.Type{
		reflect.TypeFor[string](), reflect.TypeFor[[]base](), reflect.TypeFor[*base](), reflect.TypeFor[time.Time](),
		twice, reflect.TypeFor[embedsPointer](), reflect.TypeFor[function](), reflect.TypeFor[intKeys](), reflect.TypeFor[anything](),
	} {
		if _, err := payload.NewCodec(payloadType); err == nil {
			t.Errorf("NewCodec(%v) returned no error", payloadType)
		}
	}
}

// Decode never panics, and every payload that it accepts survives a round trip
// through Encode and Decode.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(valid))
	f.Add([]byte(`{"id":"\u0000","labels":{"\"":"\\"},"items":[[[{}]]]}`))
	codec, err := payload.NewCodec(reflect.TypeFor[order]())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		decoded, err := codec.Decode(data)
		if err != nil {
			return
		}
		out, err := codec.Encode(*decoded.(*order))
		if err != nil {
			t.Fatalf("%s: %v", data, err)
		}
		if _, err := codec.Decode(out); err != nil {
			t.Fatalf("%s became %s: %v", data, out, err)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	codec := codecOf[order](b)
	b.Run("strict", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := codec.Decode([]byte(valid)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding/json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var o order
			if err := json.Unmarshal([]byte(valid), &o); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	codec := codecOf[order](b)
	value := order{State: "new", Items: []item{{Title: "a"}}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := codec.Encode(value); err != nil {
			b.Fatal(err)
		}
	}
}
