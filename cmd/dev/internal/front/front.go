// Package front is what a browser talks to in development: a proxy before the
// application that stays when the application is restarted, reloads open
// pages, and shows what is wrong in their place.
//
//	f := front.New()
//	go http.Serve(listener, f)
//	f.Open("127.0.0.1:40001")           // the application runs there
//	f.Reload()                          // every open page loads again
//	f.Close(time.Second)                // it is about to be restarted: requests wait
//	f.Report([]front.Problem{{…}})      // pages show this until it is mended
//
// No request is refused: what arrives while the application is restarted waits
// for the new one. While there is a problem nobody is shown a page of the
// application, since it would be an old one; what open pages ask for in the
// background is still answered.
//
// It serves /dev/reload.js, which the application's layout includes in
// development, and what that needs: /dev/events and /dev/overlay.css. There is
// no inline script or style, so pages keep their Content-Security-Policy.
package front

import (
	"embed"
	"net/http"
	"net/http/httputil"
	"strings"
	"time"
)

//go:embed browser
var browser embed.FS

// Front is the handler. Its methods may be called from several goroutines.
type Front struct {
	upstream *upstream
	pages    *pages
	proxy    *httputil.ReverseProxy
	own      map[string]http.HandlerFunc
}

// New makes a front with no application behind it.
func New() *Front {
	f := &Front{upstream: newUpstream(), pages: newPages()}
	f.proxy = &httputil.ReverseProxy{
		Rewrite:       rewrite,
		Transport:     f.upstream,
		FlushInterval: -1, // what the application streams arrives as it is sent
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

// rewrite leaves the request as the browser sent it, Host included: the
// application compares it with Origin.
func rewrite(r *httputil.ProxyRequest) {
	r.Out.URL.Scheme = "http"
	r.Out.URL.Host = "application" // upstream knows the address
	r.Out.Host = r.In.Host
	r.SetXForwarded()
}

// ServeHTTP answers a request of a browser. A path is looked at as it is: what
// is odd about it is for the application to mend.
func (f *Front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if own, ok := f.own[r.URL.Path]; ok && r.Method == http.MethodGet {
		own(w, r)
		return
	}
	f.serveApplication(w, r)
}

// Open sends requests to the application at this address from now on, those
// that wait first.
func (f *Front) Open(address string) { f.upstream.open(address) }

// Close lets new requests wait, and returns when the application has begun to
// answer those that it was sent, or after the given time.
func (f *Front) Close(atMost time.Duration) { f.upstream.close(atMost) }

// Fail says that the application is not running and is not about to: requests
// are answered with that, rather than waiting.
func (f *Front) Fail() { f.upstream.fail() }

// Step says what is being done, on the page that is shown until there is an
// application for the first time.
func (f *Front) Step(text string) { f.pages.step(text) }

// Reload makes every open page load again.
func (f *Front) Reload() { f.pages.reload() }

// Restyle makes every open page use these style sheets in place of the ones
// that differ from them only by the hash in their name.
func (f *Front) Restyle(addresses []string) { f.pages.restyle(addresses) }

// Report shows these problems on every page, or none any more.
func (f *Front) Report(problems []Problem) { f.pages.report(problems) }

func (f *Front) serveApplication(w http.ResponseWriter, r *http.Request) {
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

// unavailable is called when the application did not answer.
func (f *Front) unavailable(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		return // the browser has gone away
	}
	state := f.pages.state()
	if len(state.Problems) > 0 && isNavigation(r) {
		serveProblems(w, state)
		return
	}
	http.Error(w, "The application did not answer: "+err.Error(), http.StatusBadGateway)
}

// isNavigation reports whether the answer is going to be looked at as a page.
// Who does not say (curl, a test) gets what a person would.
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
