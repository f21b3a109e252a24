package app

import (
	"context"
	"net/http"
	"time"

	"example.com/pergola/core/fault"
)

// healthz reports that the process is running, and nothing else: restarting a
// process that cannot reach its database would not fix it.
func (a *App) healthz(w http.ResponseWriter, r *http.Request) {
	a.options.Respond.JSON(w, r, http.StatusOK, map[string]string{"status": "ok"})
}

// readyz reports whether the process accepts requests: not while it drains, and
// not while a check fails. The response names the checks but not their errors,
// which are logged.
func (a *App) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()

	status, results := http.StatusOK, map[string]string{}
	if a.draining.Load() {
		status, results["draining"] = http.StatusServiceUnavailable, "yes"
	}
	for _, check := range a.options.Ready {
		results[check.Name] = "ok"
		if err := check.Check(ctx); err != nil {
			a.options.Logger.WarnContext(ctx, "not ready", "check", check.Name, "error", err)
			status, results[check.Name] = http.StatusServiceUnavailable, readiness(err)
		}
	}
	a.options.Respond.JSON(w, r, status, results)
}

// readiness returns the part of an error that is safe to show in public.
func readiness(err error) string {
	if fault.KindOf(err) == fault.Internal {
		return "failed"
	}
	return fault.Message(err)
}
