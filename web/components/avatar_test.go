package components_test

import (
	"testing"

	"example.com/pergola/web/components"
)

// src/live_item.test.ts tests the same names: the browser must render an avatar
// like the server.
func TestAvatar_matchesBrowser(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct{ initials, class string }{
		"Ada Lovelace":          {"AL", "avatar-1"},
		"Grace Brewster Hopper": {"GH", "avatar-4"},
		"édouard":               {"É", "avatar-5"},
		"":                      {"?", "avatar-2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			avatar := render(t, components.Avatar(components.AvatarOptions{Name: name})).Find("span")

			if got := avatar.Text(); got != want.initials {
				t.Errorf("initials = %q, want %q", got, want.initials)
			}
			if !avatar.HasClass(want.class) {
				t.Errorf("class = %q, want %s in it", avatar.AttrOr("class", ""), want.class)
			}
		})
	}
}
