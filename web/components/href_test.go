package components_test

import (
	"testing"

	"example.com/pergola/web/components"
)

func TestHref_omitsEmptyParameters(t *testing.T) {
	t.Parallel()
	for want, got := range map[string]string{
		"/jobs":                      components.Href("/jobs", "state", "", "queue", ""),
		"/jobs?q=a%26b&state=failed": components.Href("/jobs", "state", "failed", "older", "", "q", "a&b"),
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
