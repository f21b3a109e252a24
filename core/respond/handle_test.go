package respond_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/a-h/templ"

	"example.com/pergola/core/fault"
	"example.com/pergola/core/respond"
)

func TestHandle_leavesTheResponseOfASuccessfulHandler(t *testing.T) {
	t.Parallel()
	rs, reported, _ := newResponder(t, nil)
	w := httptest.NewRecorder()
	handler := rs.Handle(func(w http.ResponseWriter, r *http.Request) error {
		rs.Page(w, r, respond.Page{Title: "Hello", Body: templ.Raw("<p>world</p>")})
		return nil
	})

	handler(w, get(t, "/"))

	wantStatus(t, w, http.StatusOK)
	wantBody(t, w, "<title>Hello</title><main><p>world</p></main>")
	if len(reported.errs) != 0 {
		t.Errorf("reported %v, want nothing", reported.errs)
	}
}

func TestHandle_answersAReturnedFault(t *testing.T) {
	t.Parallel()
	rs, reported, _ := newResponder(t, nil)
	w := httptest.NewRecorder()
	handler := rs.Handle(func(http.ResponseWriter, *http.Request) error {
		return fmt.Errorf("read article: %w", fault.NotFound.New("There is no such article."))
	})

	handler(w, get(t, "/articles/missing"))

	wantStatus(t, w, http.StatusNotFound)
	wantBody(t, w, "<title>Not found</title><main><h1>Not found</h1><p>There is no such article.</p><code>request-7</code></main>")
	if len(reported.errs) != 0 {
		t.Errorf("reported %v, want nothing", reported.errs)
	}
}

func TestHandle_reportsAReturnedDefectOnce(t *testing.T) {
	t.Parallel()
	rs, reported, _ := newResponder(t, nil)
	w := httptest.NewRecorder()
	defect := errors.New("no such column")
	handler := rs.Handle(func(http.ResponseWriter, *http.Request) error { return defect })

	handler(w, get(t, "/"))

	wantStatus(t, w, http.StatusInternalServerError)
	if len(reported.errs) != 1 || !errors.Is(reported.errs[0], defect) {
		t.Errorf("reported %v, want %v once", reported.errs, defect)
	}
}
