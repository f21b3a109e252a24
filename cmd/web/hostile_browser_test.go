package main

import (
	"fmt"
	"testing"

	"example.com/pergola/core/app/browsertest"
)

// A browser that is disconnected while it sends shows its own error page, which
// doesn't help the user. The site's error page must arrive.
func TestHostile_showsWhyAFormIsTooLarge(t *testing.T) {
	t.Parallel()
	s := startSite(t, builtAssets(t))
	window := browsertest.Open(t)
	window.AllowErrors("413")
	s.signInWith(window, ada)
	for _, size := range []int{1 << 20, 5 << 20} {
		window.Goto(s.URL + "/account")
		browsertest.Eval[bool](window, fmt.Sprintf(`(() => {
			const form = document.createElement("form");
			form.method = "post";
			form.action = "/account/name";
			const field = document.createElement("input");
			field.type = "hidden";
			field.name = "name";
			field.value = "x".repeat(%d);
			form.append(field);
			document.body.append(form);
			form.submit();
			return true;
		})()`, size))
		window.WaitForText("main h1", "Too large")
	}
}
