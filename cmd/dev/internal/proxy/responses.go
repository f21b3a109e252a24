package proxy

import (
	"bytes"
	"html/template"
	"net/http"
)

// The responses of the proxy itself.

const ownPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func serveProblems(w http.ResponseWriter, s state) {
	servePage(w, "browser/problems.html", http.StatusInternalServerError, s)
}

func serveStarting(w http.ResponseWriter, s state) {
	w.Header().Set("Retry-After", "1")
	servePage(w, "browser/starting.html", http.StatusServiceUnavailable, s)
}

func servePage(w http.ResponseWriter, name string, status int, s state) {
	var page bytes.Buffer
	parsed, err := template.ParseFS(browser, name)
	if err == nil {
		err = parsed.Execute(&page, s)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", ownPolicy)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = page.WriteTo(w) // fails only if the browser has disconnected
}

// serveScript inserts the current version into the script, which is requested
// right after the page.
func (f *Proxy) serveScript(w http.ResponseWriter, _ *http.Request) {
	script, err := browser.ReadFile("browser/reload.js")
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	version := []byte(f.pages.state().Version)
	serveContent(w, "text/javascript; charset=utf-8", bytes.Replace(script, []byte("{{version}}"), version, 1))
}

func serveFile(name, contentType string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		content, err := browser.ReadFile(name)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		serveContent(w, contentType, content)
	}
}

func serveContent(w http.ResponseWriter, contentType string, content []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(content) // fails only if the browser has disconnected
}
