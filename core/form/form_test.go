package form_test

import (
	"database/sql"
	"strings"
	"testing"
	"time"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/form"
)

func TestLine_collapsesWhiteSpace(t *testing.T) {
	t.Parallel()

	if got, want := form.Line(" Leaves \n &  light "), "Leaves & light"; got != want {
		t.Errorf("Line is %q, want %q", got, want)
	}
}

func TestText_separatesLinesByLF(t *testing.T) {
	t.Parallel()

	if got, want := form.Text(" a\r\nb\rc\n\n"), "a\nb\nc"; got != want {
		t.Errorf("Text is %q, want %q", got, want)
	}
}

func TestErrors_acceptsValidValues(t *testing.T) {
	t.Parallel()
	var errs form.Errors

	errs.Required("title", "Title", false)
	errs.MaxLength("title", "Title", strings.Repeat("ä", 5), 5)
	errs.URL("url", "URL", "https://example.com/a?b=c")
	errs.URL("url", "URL", "")
	errs.Year("at", "At", time.Time{})
	errs.Year("at", "At", time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))

	if err := errs.Err(); err != nil {
		t.Errorf("got %v (%+v), want no error", err, fault.Fields(err))
	}
}

func TestErrors_reportsInvalidValues(t *testing.T) {
	t.Parallel()
	for name, report := range map[string]func(*form.Errors){
		"missing":            func(e *form.Errors) { e.Required("f", "Field", true) },
		"too long":           func(e *form.Errors) { e.MaxLength("f", "Field", "äää", 2) },
		"NUL":                func(e *form.Errors) { e.MaxLength("f", "Field", "a\x00b", 9) },
		"invalid UTF-8":      func(e *form.Errors) { e.MaxLength("f", "Field", "a\xffb", 9) },
		"script URL":         func(e *form.Errors) { e.URL("f", "Field", "javascript:alert(1)") },
		"not a URL":          func(e *form.Errors) { e.URL("f", "Field", "example") },
		"URL without a host": func(e *form.Errors) { e.URL("f", "Field", "https:///path") },
		"year 12026":         func(e *form.Errors) { e.Year("f", "Field", time.Date(12026, 1, 1, 0, 0, 0, 0, time.UTC)) },
		"not a time":         func(e *form.Errors) { e.ParseTime("f", "Field", "yesterday") },
		"not a number":       func(e *form.Errors) { e.ParseInt("f", "Field", "many") },
		"no number":          func(e *form.Errors) { e.ParseInt("f", "Field", "") },
		"optional, invalid":  func(e *form.Errors) { e.ParseOptionalInt("f", "Field", "many") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var errs form.Errors

			report(&errs)
			errs.Add("f", "A second message.")

			fields := fault.Fields(errs.Err())
			if len(fields) != 1 || fields[0].Name != "f" || !strings.HasPrefix(fields[0].Message, "Field ") {
				t.Errorf("reported %+v, want one error of f that begins with its label", fields)
			}
		})
	}
}

func TestParse_readsWhatFormatWrote(t *testing.T) {
	t.Parallel()
	var errs form.Errors
	for _, at := range []time.Time{{}, time.Date(2026, 4, 5, 6, 7, 0, 0, time.UTC)} {
		if got := errs.ParseTime("at", "At", form.FormatTime(at)); got != at {
			t.Errorf("%v came back as %v", at, got)
		}
	}
	for _, n := range []sql.Null[int64]{{}, {V: 0, Valid: true}, {V: -7, Valid: true}} {
		if got := errs.ParseOptionalInt("n", "N", form.FormatOptionalInt(n)); got != n {
			t.Errorf("%+v came back as %+v", n, got)
		}
	}
	if err := errs.Err(); err != nil {
		t.Error(err)
	}
}
