package connections

import (
	"net/http"

	"example.com/pergola/core/respond"
)

func (f *Feature) showConnections(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	gate := query.Get("gate")
	overview, err := f.ReadOverview(r.Context(), ReadOverviewInput{Gate: gate})
	if err != nil {
		return err
	}
	view := connectionsView{Overview: overview, Gate: gate}
	if query.Get("fragment") == "now" {
		f.Respond.Fragment(w, r, http.StatusOK, connectionsRegion(view))
		return nil
	}
	f.Respond.Page(w, r, respond.Page{Title: "Connections", Description: "Connected users, their subscriptions, and recent rejections.", Body: connectionsPage(view)})
	return nil
}
