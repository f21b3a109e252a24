package web_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/pergola/web"
)

// build writes files like build.mjs.
func build(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func built(t *testing.T) *web.Assets {
	t.Helper()
	dir := t.TempDir()
	build(t, dir, map[string]string{
		"manifest.json":      `{"app.css":"app-1A2B.css","app.js":"app-3C4D.js","favicon.svg":"favicon-5E6F.svg","type.woff2":"type-7A8B.woff2","plain.txt":"plain.txt"}`,
		"app-1A2B.css":       "plain css",
		"app-1A2B.css.gz":    "gzip css",
		"app-1A2B.css.br":    "brotli css",
		"app-3C4D.js":        "plain js",
		"app-3C4D.js.gz":     "gzip js",
		"favicon-5E6F.svg":   "<svg/>",
		"type-7A8B.woff2":    "font",
		"plain.txt":          "text",
		"left-over-9C.js":    "of an earlier build",
		"folder/inside.html": "<p>",
	})
	return web.NewAssetsIn(dir)
}

func ask(t *testing.T, assets *web.Assets, method, path string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "/", nil)
	r.URL.Path = path // unmodified, without path cleaning
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	assets.Handler().ServeHTTP(w, r)
	return w
}

func TestAssets_pathContainsContentHash(t *testing.T) {
	t.Parallel()
	assets := built(t)

	if got, want := assets.Path("app.css"), "/assets/app-1A2B.css"; got != want {
		t.Errorf("Path(app.css) = %q, want %q", got, want)
	}
	if got, want := assets.Path("unknown.css"), "/assets/unknown.css"; got != want {
		t.Errorf("Path(unknown.css) = %q, want %q", got, want)
	}
}

func TestAssets_areImmutable(t *testing.T) {
	t.Parallel()
	assets := built(t)
	for path, contentType := range map[string]string{
		"/assets/app-1A2B.css":     "text/css; charset=utf-8",
		"/assets/app-3C4D.js":      "text/javascript; charset=utf-8",
		"/assets/favicon-5E6F.svg": "image/svg+xml",
		"/assets/type-7A8B.woff2":  "font/woff2",
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()

			w := ask(t, assets, http.MethodGet, path)

			if w.Code != http.StatusOK {
				t.Fatalf("status = %d, want 200", w.Code)
			}
			for name, want := range map[string]string{
				"Content-Type":           contentType,
				"Cache-Control":          "public, max-age=31536000, immutable",
				"Content-Length":         strconv.Itoa(w.Body.Len()),
				"X-Content-Type-Options": "nosniff",
				"Set-Cookie":             "",
			} {
				if got := w.Header().Get(name); got != want {
					t.Errorf("%s = %q, want %q", name, got, want)
				}
			}
		})
	}
}

func TestAssets_withoutHashAreRevalidated(t *testing.T) {
	t.Parallel()

	w := ask(t, built(t), http.MethodGet, "/assets/plain.txt")

	if got := w.Header().Get("Cache-Control"); w.Code != http.StatusOK || got != "no-cache" {
		t.Errorf("status %d, Cache-Control %q, want 200 and no-cache", w.Code, got)
	}
}

func TestAssets_negotiateEncoding(t *testing.T) {
	t.Parallel()
	assets := built(t)
	for accept, want := range map[string]struct{ encoding, body string }{
		"":                        {"", "plain css"},
		"gzip, deflate, br, zstd": {"br", "brotli css"},
		"gzip":                    {"gzip", "gzip css"},
		"GZIP;q=0.5":              {"gzip", "gzip css"},
		"br;q=0, gzip":            {"gzip", "gzip css"},
		"br; q=0.000, gzip;q=0":   {"", "plain css"},
		"identity":                {"", "plain css"},
		"brotli":                  {"", "plain css"},
		"br;q=nonsense":           {"", "plain css"},
	} {
		t.Run(accept, func(t *testing.T) {
			t.Parallel()

			w := ask(t, assets, http.MethodGet, "/assets/app-1A2B.css", "Accept-Encoding", accept)

			if got := w.Header().Get("Content-Encoding"); got != want.encoding || w.Body.String() != want.body {
				t.Errorf("got %q (%s), want %q (%s)", w.Body, got, want.body, want.encoding)
			}
			if got := w.Header().Get("Vary"); got != "Accept-Encoding" {
				t.Errorf("Vary = %q, want Accept-Encoding", got)
			}
			if got, want := w.Header().Get("Content-Length"), strconv.Itoa(len(want.body)); got != want {
				t.Errorf("Content-Length = %q, want %q", got, want)
			}
		})
	}
	if w := ask(t, assets, http.MethodGet, "/assets/app-3C4D.js", "Accept-Encoding", "br, gzip"); w.Body.String() != "gzip js" {
		t.Errorf("a script without brotli = %q, want the gzip one", w.Body)
	}
}

func TestAssets_answerHEADWithoutBody(t *testing.T) {
	t.Parallel()

	w := ask(t, built(t), http.MethodHead, "/assets/app-1A2B.css")

	if w.Code != http.StatusOK || w.Body.Len() != 0 || w.Header().Get("Content-Length") != "9" {
		t.Errorf("status %d, body %q, Content-Length %q", w.Code, w.Body, w.Header().Get("Content-Length"))
	}
}

func TestAssets_servesOnlyFilesInManifest(t *testing.T) {
	t.Parallel()
	assets := built(t)
	for _, path := range []string{
		"/assets/", "/assets", "/assets/app.css", "/assets/manifest.json", "/assets/left-over-9C.js", "/assets/app-1A2B.css.gz",
		"/assets/folder/", "/assets/folder/inside.html", "/assets/../assets.go", "/assets/..%2Fassets.go", "/assets/./app-1A2B.css",
		"/assets//app-1A2B.css", "/assets/\\..\\assets.go", "/assets/app-1A2B.css/", "/assets/\x00", "/assets//etc/passwd",
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()

			w := ask(t, assets, http.MethodGet, path)

			if w.Code != http.StatusNotFound || w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("status %d, Cache-Control %q, want 404 and no-store", w.Code, w.Header().Get("Cache-Control"))
			}
		})
	}
}

func TestAssets_rejectOtherMethods(t *testing.T) {
	t.Parallel()

	w := ask(t, built(t), http.MethodPost, "/assets/app-1A2B.css")

	if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("status %d, Allow %q", w.Code, w.Header().Get("Allow"))
	}
}

func TestAssets_notBuiltExplainHowToBuild(t *testing.T) {
	t.Parallel()
	assets := web.NewAssetsIn(t.TempDir())

	if got, want := assets.Path("app.css"), "/assets/app.css"; got != want {
		t.Errorf("Path(app.css) = %q, want %q", got, want)
	}
	w := ask(t, assets, http.MethodGet, "/assets/app.css")
	if w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "node web/build.mjs") {
		t.Errorf("status %d, body %q", w.Code, w.Body)
	}
}

func TestAssets_reloadAfterBuildInDevelopment(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	assets := web.NewAssetsIn(dir)

	build(t, dir, map[string]string{"app-1.css": "one", "manifest.json": `{"app.css":"app-1.css"}`})
	if got := assets.Path("app.css"); got != "/assets/app-1.css" {
		t.Errorf("after the first build: %q", got)
	}

	build(t, dir, map[string]string{"app-2.css": "two", "manifest.json": `{"app.css":"app-2.css"}`})
	later := time.Now().Add(time.Hour)
	if err := os.Chtimes(filepath.Join(dir, "manifest.json"), later, later); err != nil {
		t.Fatal(err)
	}
	if got := assets.Path("app.css"); got != "/assets/app-2.css" {
		t.Errorf("after the second build: %q", got)
	}
	if w := ask(t, assets, http.MethodGet, "/assets/app-2.css"); w.Body.String() != "two" {
		t.Errorf("body = %q, want two", w.Body)
	}

	build(t, dir, map[string]string{"manifest.json": `{"app.css":"no-such-file.css"}`})
	if got := assets.Path("app.css"); got != "/assets/app-2.css" {
		t.Errorf("after a broken build: %q, want the last good one", got)
	}
	if err := os.Remove(filepath.Join(dir, "manifest.json")); err != nil {
		t.Fatal(err)
	}
	if got := assets.Path("app.css"); got != "/assets/app-2.css" {
		t.Errorf("without a manifest: %q, want the last good one", got)
	}
}

func TestAssets_areSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	assets := web.NewAssetsIn(dir)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 200 {
				if got := assets.Path("app.css"); !strings.HasPrefix(got, "/assets/app") {
					t.Errorf("Path = %q", got)
				}
			}
		})
	}

	for i := range 20 {
		name := "app-" + strconv.Itoa(i) + ".css"
		build(t, dir, map[string]string{name: "css", "manifest.json": `{"app.css":"` + name + `"}`})
	}

	all.Wait()
}

func TestNewAssets_returnsEmbeddedAssets(t *testing.T) {
	t.Parallel()
	assets := web.NewAssets()

	if !strings.HasPrefix(assets.Path("app.css"), "/assets/app") {
		t.Errorf("Path(app.css) = %q", assets.Path("app.css"))
	}
}
