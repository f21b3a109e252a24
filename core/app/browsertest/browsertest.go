// Package browsertest drives a real Chromium browser in tests.
//
//	ada := browsertest.Open(t)
//	ada.Goto(app.URL + "/sign-in")
//	ada.Fill("[name=email]", "ada@example.com")
//	ada.Click("main form button[type=submit]")
//	ada.WaitFor("a[href='/desk']")
//
// Each Open returns a separate window with its own cookies and storage, as if each
// were another person's browser. The windows of a test binary share one Chromium. Every step waits for
// the elements it needs. If they do not appear, it fails the test and prints the
// page's text. A page that throws, or that violates its Content-Security-Policy,
// fails the test when it ends: see Window.AllowErrors.
package browsertest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// timeout is how long a step waits for the page. It is generous because many tests
// share a machine. Steps return as soon as their condition is met.
const timeout = 30 * time.Second

// Window is one tab of a browser.
type Window struct {
	t   testing.TB
	ctx context.Context

	mu      sync.Mutex
	errors  []string
	allowed []string
}

// Open opens a window with its own cookies and closes it when the test ends.
func Open(t testing.TB) *Window {
	t.Helper()
	browser, err := shared.acquire(t)
	if err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	t.Cleanup(shared.release)
	ctx, closeWindow := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx)
		closeWindow()
	})
	return openTab(t, ctx)
}

// Tab opens another tab, which shares the window's cookies.
func (w *Window) Tab() *Window {
	w.t.Helper()
	ctx, closeTab := chromedp.NewContext(w.ctx)
	w.t.Cleanup(closeTab)
	return openTab(w.t, ctx)
}

func openTab(t testing.TB, ctx context.Context) *Window {
	t.Helper()
	w := &Window{t: t, ctx: ctx}
	t.Cleanup(w.reportErrors)
	w.do("open a tab")
	if err := chromedp.Listen(ctx, w.listen); err != nil {
		t.Fatalf("listen to the browser: %v", err)
	}
	w.do("watch the console", chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, log.Enable, struct{}{})
		return err
	}))
	return w
}

// chromium returns the path of Chromium on Debian, other Linux distributions or
// macOS. The environment variable CHROMIUM overrides it. The headless shell is the
// same engine without a user interface; tests take a fifth of the CPU time in it.
func chromium(t testing.TB) string {
	t.Helper()
	if path := os.Getenv("CHROMIUM"); path != "" {
		return path
	}
	for _, name := range []string{"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("the browser tests need Chromium: apt-get install chromium, or set CHROMIUM to its path")
	return ""
}

// Goto opens a URL and waits until the page has loaded.
func (w *Window) Goto(url string) {
	w.t.Helper()
	w.do("open "+url, chromedp.Navigate(url))
}

// BeforeScripts runs JavaScript in each page that is opened later, before the page's own
// scripts.
func (w *Window) BeforeScripts(javascript string) {
	w.t.Helper()
	w.do("add a script", chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: javascript})
		return err
	}))
}

// Click waits until the first element that matches the selector is visible, and
// clicks it.
func (w *Window) Click(selector string) {
	w.t.Helper()
	w.do("click "+selector, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// Fill replaces the text of a field by typing.
func (w *Window) Fill(selector, text string) {
	w.t.Helper()
	w.do("find "+selector, chromedp.WaitVisible(chromedp.CSS(selector)))
	Eval[bool](w, fmt.Sprintf("(e => { e.focus(); e.select(); return true })(document.querySelector(%s))", quote(selector)))
	if text == "" {
		text = kb.Delete
	}
	w.do("fill "+selector, chromedp.KeyEvent(text))
}

// Press types keys into the focused element: kb.Tab, kb.Enter, text.
func (w *Window) Press(keys string) {
	w.t.Helper()
	w.do("press keys", chromedp.KeyEvent(keys))
}

// WaitFor waits until an element matches the selector.
func (w *Window) WaitFor(selector string) {
	w.t.Helper()
	w.WaitUntil(selector+" exists", fmt.Sprintf("document.querySelector(%s) !== null", quote(selector)))
}

// WaitForText waits until an element that matches the selector contains the text.
func (w *Window) WaitForText(selector, text string) {
	w.t.Helper()
	w.WaitUntil(fmt.Sprintf("%s contains %q", selector, text), fmt.Sprintf(
		"[...document.querySelectorAll(%s)].some(e => e.textContent.includes(%s))", quote(selector), quote(text)))
}

// WaitUntil waits until a JavaScript expression is true. An expression that throws
// counts as false, because the page may still be loading.
func (w *Window) WaitUntil(what, expression string) {
	w.t.Helper()
	deadline := time.Now().Add(timeout)
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		ctx, cancel := context.WithTimeout(w.ctx, timeout)
		met, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("Boolean("+expression+")"))
		cancel()
		if err == nil && met {
			return
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("timed out waiting until %s\n%s", what, w.describe())
		}
		<-ticker.C
	}
}

// Text returns the text of the first element that matches the selector.
func (w *Window) Text(selector string) string {
	w.t.Helper()
	w.WaitFor(selector)
	return Eval[string](w, fmt.Sprintf("document.querySelector(%s).textContent.trim()", quote(selector)))
}

// Path returns the path and query of the current page.
func (w *Window) Path() string {
	w.t.Helper()
	return Eval[string](w, "location.pathname + location.search")
}

// Mark marks the loaded document, so that Reloaded can tell whether the page
// was loaded again since.
func (w *Window) Mark() { Eval[bool](w, "window.marked = true") }

// Reloaded reports whether another document was loaded since Mark.
func (w *Window) Reloaded() bool { return !Eval[bool](w, "window.marked === true") }

// Eval evaluates a JavaScript expression. If it is a promise, Eval awaits it.
func Eval[T any](w *Window, expression string) T {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, timeout)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		w.t.Fatalf("evaluate %s: %v\n%s", expression, err, w.describe())
	}
	return value
}

// Resize sets the size of the viewport in CSS pixels.
func (w *Window) Resize(width, height int) {
	w.t.Helper()
	w.do("resize", chromedp.EmulateViewport(int64(width), int64(height)))
}

// ColorScheme emulates a preference for the "light" or "dark" color scheme.
func (w *Window) ColorScheme(scheme string) {
	w.t.Helper()
	w.do("set the color scheme", chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		return err
	}))
}

// OnPaper emulates print media.
func (w *Window) OnPaper() {
	w.t.Helper()
	w.do("print", chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
		return err
	}))
}

// Screenshot writes a PNG of the full page to a file.
func (w *Window) Screenshot(path string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, timeout)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o755)
	}
	if err == nil {
		err = os.WriteFile(path, png, 0o644)
	}
	if err != nil {
		w.t.Fatalf("screenshot: %v", err)
	}
}

// AllowErrors lists texts of console errors that the test expects.
func (w *Window) AllowErrors(texts ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.allowed = append(w.allowed, texts...)
}

func (w *Window) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	w.t.Helper()
	// The first call starts the browser, which runs as long as the context of that
	// call. A deadline on it would stop the browser.
	if len(steps) == 0 {
		if err := chromedp.Do(w.ctx); err != nil {
			w.t.Fatalf("%s: %v", what, err)
		}
		return
	}
	ctx, cancel := context.WithTimeout(w.ctx, timeout)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		w.t.Fatalf("%s: %v\n%s", what, err, w.describe())
	}
}

// listen records exceptions and the errors in the browser's console.
func (w *Window) listen(event any) {
	switch event := event.(type) {
	case *runtime.EventExceptionThrown:
		if details := event.ExceptionDetails; details != nil {
			text := details.Text
			if details.Exception != nil {
				text += " " + details.Exception.Description
			}
			w.record(text)
		}
	case *log.EventEntryAdded:
		if event.Entry != nil && event.Entry.Level == log.EntryLevelError {
			w.record(event.Entry.Text)
		}
	}
}

func (w *Window) record(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.errors = append(w.errors, text)
}

func (w *Window) reportErrors() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, text := range w.errors {
		if !slices.ContainsFunc(w.allowed, func(a string) bool { return strings.Contains(text, a) }) {
			w.t.Errorf("error in the browser's console: %s", text)
		}
	}
}

// describe returns the page's URL and text for failure messages.
func (w *Window) describe() string {
	ctx, cancel := context.WithTimeout(w.ctx, 5*time.Second)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string]("location.href + '\\n' + (document.body ? document.body.innerText : '')"))
	if err != nil {
		return fmt.Sprintf("(cannot read the page: %v)", err)
	}
	return "page: " + strings.TrimSpace(text)
}

func quote(s string) string {
	b, _ := json.Marshal(s) // a string can always be encoded
	return string(b)
}
