// Package proxy is the proxy in front of the application in development. It
// keeps running when the application is restarted, reloads open pages, and shows
// problems in their place.
//
//	f := proxy.New()
//	go http.Serve(listener, f)
//	f.Open("127.0.0.1:40001")           // the application listens there
//	f.Reload()                          // every open page reloads
//	f.Close(time.Second)                // before a restart: requests wait
//	f.Report([]proxy.Problem{{…}})      // pages show this until it is fixed
//
// No request fails because of a restart: requests that arrive in the meantime
// wait for the new process. While there is a problem, no page of the application
// is shown, since it would be out of date; background requests of open pages are
// still answered.
//
// It serves /dev/reload.js, which the application's layout includes in
// development, and the /dev/events and /dev/overlay.css that it uses. There is
// no inline script or style, so pages keep their Content-Security-Policy.
package proxy

import (
	"embed"
	"net/http"
	"net/http/httputil"
	"strings"
	"time"
)

//go:embed browser
var browser embed.FS

// Proxy is the handler. It is safe for concurrent use.
type Proxy struct {
	upstream *upstream
	pages    *pages
	proxy    *httputil.ReverseProxy
	own      map[string]http.HandlerFunc
}

// New creates a proxy without an application.
func New() *Proxy {
	f := &Proxy{upstream: newUpstream(), pages: newPages()}
	f.proxy = &httputil.ReverseProxy{
		Rewrite:       rewrite,
		Transport:     f.upstream,
		FlushInterval: -1, // forward streamed responses immediately
		ErrorHandler:  f.unavailable,
		ErrorLog:      discard(),
	}
	f.own = map[string]http.HandlerFunc{
		"/dev/events":      f.pages.serveEvents,
		"/dev/reload.js":   f.serveScript,
		"/dev/overlay.css": serveFile("browser/overlay.css", "text/css; charset=utf-8"),
	}
	return f
}

// rewrite leaves the request as the browser sent it, including Host: the
// application compares it with Origin.
func rewrite(r *httputil.ProxyRequest) {
	r.Out.URL.Scheme = "http"
	r.Out.URL.Host = "application" // upstream replaces it
	r.Out.Host = r.In.Host
	r.SetXForwarded()
}

// ServeHTTP answers a request of a browser. It matches the path as it is: the
// application decides how to handle an unclean one.
func (f *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if own, ok := f.own[r.URL.Path]; ok && r.Method == http.MethodGet {
		own(w, r)
		return
	}
	f.serveApplication(w, r)
}

// Open sends requests to the application at this address from now on, starting
// with the waiting ones.
func (f *Proxy) Open(address string) { f.upstream.open(address) }

// Close makes new requests wait, and returns when the application has started to
// respond to those it has received, or after the given time.
func (f *Proxy) Close(atMost time.Duration) { f.upstream.close(atMost) }

// Fail marks the application as not running and not about to start: requests
// get an error instead of waiting.
func (f *Proxy) Fail() { f.upstream.fail() }

// Step shows the current step on the page that is displayed until the
// application has started for the first time.
func (f *Proxy) Step(text string) { f.pages.step(text) }

// Reload reloads every open page.
func (f *Proxy) Reload() { f.pages.reload() }

// Restyle makes every open page use these style sheets instead of those whose
// names differ only in the hash.
func (f *Proxy) Restyle(addresses []string) { f.pages.restyle(addresses) }

// Report shows these problems on every page; an empty list removes them.
func (f *Proxy) Report(problems []Problem) { f.pages.report(problems) }

func (f *Proxy) serveApplication(w http.ResponseWriter, r *http.Request) {
	state := f.pages.state()
	switch {
	case len(state.Problems) > 0 && isNavigation(r):
		serveProblems(w, state)
	case f.upstream.isDown() && isNavigation(r):
		serveStarting(w, state)
	case f.upstream.isDown():
		http.Error(w, "The application is not running.", http.StatusServiceUnavailable)
	default:
		f.proxy.ServeHTTP(w, r)
	}
}

// unavailable is called when the application did not respond.
func (f *Proxy) unavailable(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		return // the browser has disconnected
	}
	state := f.pages.state()
	if len(state.Problems) > 0 && isNavigation(r) {
		serveProblems(w, state)
		return
	}
	http.Error(w, "The application did not respond: "+err.Error(), http.StatusBadGateway)
}

// isNavigation reports whether the response will be displayed as a page. Clients
// that don't send the header (curl, a test) get what a person would.
func isNavigation(r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	if r.Header.Get("Upgrade") != "" || r.Header.Get("HX-Request") != "" {
		return false
	}
	if mode := r.Header.Get("Sec-Fetch-Mode"); mode != "" {
		return mode == "navigate"
	}
	accept := r.Header.Get("Accept")
	return accept == "" || strings.Contains(accept, "text/html") || strings.Contains(accept, "*/*")
}
