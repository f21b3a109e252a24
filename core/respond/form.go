package respond

import (
	"errors"
	"net/http"

	"example.com/pergola/core/fault"
)

// ParseForm reads the fields of a form into r.Form and r.PostForm. It fails with
// fault.TooLarge if the body is larger than the application accepts, and with
// fault.Invalid if it is not a form.
func ParseForm(r *http.Request) error {
	err := r.ParseForm()
	if err == nil {
		return nil
	}
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return fault.TooLarge.Wrap(err, "This form is larger than the limit of %d KB.", tooLarge.Limit>>10)
	}
	return fault.Invalid.Wrap(err, "This form couldn't be read.")
}
