package database_test

import (
	"testing"

	"example.com/pergola/core/database"
)

func TestIsUUID_acceptsTheHyphenatedFormOnly(t *testing.T) {
	t.Parallel()
	const id = "01900000-0000-7000-8000-00000000000a"
	for text, want := range map[string]bool{
		id: true, "": false, "mulching": false, "{" + id + "}": false, "urn:uuid:" + id: false,
		"01900000000070008000" + "00000000000a": false,
	} {
		if got := database.IsUUID(text); got != want {
			t.Errorf("IsUUID(%q) = %v, want %v", text, got, want)
		}
	}
}
