package operations

import (
	"net/http"

	"example.com/pergola/core/respond"
)

func (f *Feature) showLive(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	in := ReadOverviewInput{Gate: query.Get("gate")}
	overview, err := f.deps.ReadOverview(r.Context(), in)
	if err != nil {
		f.deps.Respond.Error(w, r, err)
		return
	}
	view := liveView{Overview: overview, Gate: in.Gate}
	if query.Get("fragment") == "now" {
		f.deps.Respond.Fragment(w, r, http.StatusOK, livePresent(view))
		return
	}
	f.deps.Respond.Page(w, r, respond.Page{Title: "Live", Description: "Who is connected now, what they hear, and what was refused.", Body: livePage(view)})
}
