package descriptor_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"example.com/pergola/core/internal/descriptor"
)

func TestCheckName_wantsTheFeatureAndLowerCaseWords(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		parts int
		right bool
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
		if err := descriptor.CheckName(name, "blog", test.parts); (err == nil) != test.right {
			t.Errorf("CheckName(%q) = %v, want it right: %v", name, err, test.right)
		}
	}
}

type tree struct {
	Name     string    `json:"name" validate:"required"`
	Planted  time.Time `json:"planted"`
	Branches []tree    `json:"branches,omitempty"`
	Secret   chan bool `json:"-"`
	_        bool      // private fields are left alone
}

type embedding struct {
	tree
	Height int `json:"height"`
}

func TestCheckPayload_looksAtEveryDepth(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		payload reflect.Type
		says    string // "" if it is right
	}{
		"recursion, times and private fields": {reflect.TypeFor[tree](), ""},
		"embedding":                           {reflect.TypeFor[embedding](), ""},
		"nothing":                             {reflect.TypeFor[struct{}](), ""},
		"a pointer":                           {reflect.TypeFor[*tree](), "must be a struct"},
		"a field without a tag":               {reflect.TypeFor[struct{ Name string }](), "Name"},
		"a nested field without a tag": {reflect.TypeFor[struct {
			Trees map[string][]*struct{ Name string } `json:"trees"`
		}](), "field Trees"},
		"a function": {reflect.TypeFor[struct {
			Grow []func() `json:"grow"`
		}](), "cannot be written as JSON"},
		"a rule that does not exist": {reflect.TypeFor[struct {
			Name string `json:"name" validate:"leafy"`
		}](), "leafy"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := descriptor.CheckPayload(test.payload)
			if (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v, want an error about %q", err, test.says)
			}
		})
	}
}

func TestEncode_refusesOnlyARealNUL(t *testing.T) {
	t.Parallel()
	tests := map[string]bool{ // whether it is refused
		"plain":                false,
		"\x00":                 true,
		"a\x00b":               true,
		`\u0000`:               false, // the text, not the character
		`\\u0000`:              false,
		"\\\x00":               true,
		`\u0000` + "\x00":      true,
		"\u0001\u2028 <b> öß…": false,
	}
	for text, refused := range tests {
		_, err := descriptor.Encode(tree{Name: text})
		if (err != nil) != refused {
			t.Errorf("Encode(%q) gave %v, want it refused: %v", text, err, refused)
		}
	}
}

func TestEncode_namesTheBrokenRuleAndNotTheValue(t *testing.T) {
	t.Parallel()

	_, err := descriptor.Encode(struct {
		Password string `json:"password" validate:"min=8"`
	}{"hunter2"})

	if err == nil || err.Error() != `the field "password" breaks the rule "min=8"` {
		t.Errorf("got %v", err)
	}
}
