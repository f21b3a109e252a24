package respond

import (
	"cmp"
	"mime"
	"net/http"
	"slices"
	"strings"

	"example.com/pergola/core/fault"
)

// SentField is a field of a submitted form.
type SentField struct {
	Name  string
	Value string
}

// keepsWhatWasSent lists the failures that the form did not cause: the same form
// may be accepted later.
var keepsWhatWasSent = map[fault.Kind]bool{
	fault.Unauthenticated: true,
	fault.TooMany:         true,
	fault.Unavailable:     true,
	fault.Internal:        true,
}

// sentFields returns the fields of a submitted form, the shortest first, so that
// the error page can return them. It returns nil for a request without a form,
// and for a form with a password, which must never be shown.
func sentFields(r *http.Request) []SentField {
	mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if r.Method != http.MethodPost || mediaType != "application/x-www-form-urlencoded" || r.ParseForm() != nil {
		return nil
	}
	var fields []SentField
	for name, values := range r.PostForm {
		if strings.Contains(strings.ToLower(name), "password") {
			return nil
		}
		for _, value := range values {
			fields = append(fields, SentField{Name: name, Value: value})
		}
	}
	slices.SortStableFunc(fields, func(a, b SentField) int {
		return cmp.Or(cmp.Compare(len(a.Value), len(b.Value)), cmp.Compare(a.Name, b.Name))
	})
	return fields
}
