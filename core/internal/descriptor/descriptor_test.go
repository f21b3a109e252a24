package descriptor_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"example.com/pergola/core/internal/descriptor"
)

func TestCheckName_requiresFeatureAndLowerCaseWords(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		parts int
		valid bool
	}{
		"blog.article.published":                {3, true},
		"blog.article.title.changed":            {3, true},
		"blog.send_digest":                      {2, true},
		"blog.article-feed":                     {2, true},
		"blog.2nd":                              {2, false},
		"blog.article":                          {3, false},
		"blog":                                  {2, false},
		"":                                      {2, false},
		"blogs.article.published":               {3, false},
		"Blog.article.published":                {3, false},
		"blog.article.published ":               {3, false},
		"blog..published":                       {3, false},
		"blog.article.{id}":                     {3, false},
		"blog." + strings.Repeat("a", 300):      {2, false},
		"blog.article.published\nblog.injected": {3, false},
	}
	for name, test := range tests {
		if err := descriptor.CheckName(name, "blog", test.parts); (err == nil) != test.valid {
			t.Errorf("CheckName(%q) = %v, want valid: %v", name, err, test.valid)
		}
	}
}

type tree struct {
	Name     string    `json:"name" validate:"required"`
	Planted  time.Time `json:"planted"`
	Branches []tree    `json:"branches,omitempty"`
	Secret   chan bool `json:"-"`
	_        bool      // unexported fields are ignored
}

type embedding struct {
	tree
	Height int `json:"height"`
}

func TestCheckPayload_checksNestedTypes(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		payload reflect.Type
		want    string // "" if it is valid
	}{
		"recursion, times and unexported fields": {reflect.TypeFor[tree](), ""},
		"embedding":                              {reflect.TypeFor[embedding](), ""},
		"no fields":                              {reflect.TypeFor[struct{}](), ""},
		"a pointer":                              {reflect.TypeFor[*tree](), "must be a struct"},
		"a field without a tag":                  {reflect.TypeFor[struct{ Name string }](), "Name"},
		"a nested field without a tag": {reflect.TypeFor[struct {
			Trees map[string][]*struct{ Name string } `json:"trees"`
		}](), "field Trees"},
		"a function": {reflect.TypeFor[struct {
			Grow []func() `json:"grow"`
		}](), "cannot be encoded as JSON"},
		"a rule that does not exist": {reflect.TypeFor[struct {
			Name string `json:"name" validate:"leafy"`
		}](), "leafy"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := descriptor.CheckPayload(test.payload)
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error about %q", err, test.want)
			}
		})
	}
}

func TestEncode_rejectsNULCharacters(t *testing.T) {
	t.Parallel()
	tests := map[string]bool{ // whether it is rejected
		"plain":                false,
		"\x00":                 true,
		"a\x00b":               true,
		`\u0000`:               false, // the text, not the character
		`\\u0000`:              false,
		"\\\x00":               true,
		`\u0000` + "\x00":      true,
		"\u0001\u2028 <b> öß…": false,
	}
	for text, rejected := range tests {
		_, err := descriptor.Encode(tree{Name: text})
		if (err != nil) != rejected {
			t.Errorf("Encode(%q) gave %v, want rejected: %v", text, err, rejected)
		}
	}
}

func TestEncode_reportsTheRuleAndNotTheValue(t *testing.T) {
	t.Parallel()

	_, err := descriptor.Encode(struct {
		Password string `json:"password" validate:"min=8"`
	}{"hunter2"})

	if err == nil || err.Error() != `the field "password" violates the rule "min=8"` {
		t.Errorf("got %v", err)
	}
}
