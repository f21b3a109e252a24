package respond

import (
	"cmp"
	"mime"
	"net/http"
	"slices"
	"strings"

	"example.com/pergola/core/fault"
)

// SentField is a field of a form that was sent and could not be taken.
type SentField struct {
	Name  string
	Value string
}

// keepsWhatWasSent are the failures that are no answer to what was sent: the
// same form may be taken a moment later.
var keepsWhatWasSent = map[fault.Kind]bool{
	fault.Unauthenticated: true,
	fault.TooMany:         true,
	fault.Unavailable:     true,
	fault.Internal:        true,
}

// sentFields are the fields of a form that was sent, the short ones first, so
// that the error page can give them back. It is nil for what is no form, and
// for a form with a password, which is never shown again.
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
