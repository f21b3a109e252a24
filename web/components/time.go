package components

import (
	"context"
	"io"
	"time"

	"github.com/a-h/templ"
)

// TimeStyle selects how a time is shown.
type TimeStyle string

// The time styles.
const (
	DateOnly TimeStyle = ""     // 2 January 2026
	DateTime TimeStyle = "full" // 2 January 2026, 15:04
)

func (s TimeStyle) layout() string {
	if s == DateTime {
		return "2 January 2006, 15:04 UTC"
	}
	return "2 January 2006"
}

// Time renders a time element in UTC. Scripts convert it to the reader's time
// zone. The zero time renders nothing.
//
// It is hand-written because lists contain many times and a template is four
// times slower. Nothing in it needs escaping.
func Time(at time.Time, style TimeStyle) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		if at.IsZero() {
			return nil
		}
		at := at.UTC()
		html := make([]byte, 0, 128)
		html = append(html, `<time datetime="`...)
		html = at.AppendFormat(html, time.RFC3339)
		html = append(html, `" data-time="`...)
		html = append(html, style...)
		html = append(html, `">`...)
		html = at.AppendFormat(html, style.layout())
		html = append(html, `</time>`...)
		_, err := w.Write(html)
		return err
	})
}
