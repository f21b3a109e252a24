package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"os"
	"path"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// AssetsPrefix is the URL path that the Handler of Assets is mounted at.
const AssetsPrefix = "/assets/"

const manifestFile = "manifest.json"

// Assets serves the scripts, styles, fonts and images of the pages under names
// with a content hash. It holds them in memory, compressed and uncompressed.
// It is safe for concurrent use.
type Assets struct {
	files  fs.FS
	reload bool

	current atomic.Pointer[assetSet]
	loading sync.Mutex
}

// assetSet is the result of one build. It is immutable once loaded.
type assetSet struct {
	stamp string            // modification time and size of the manifest
	names map[string]string // app.css → app-1A2B3C4D.css
	files map[string]asset
}

type asset struct {
	contentType string
	immutable   bool
	plain       []byte
	gzip        []byte
	brotli      []byte
}

// NewAssets returns the assets embedded in the program. Without a build there
// are none, and pages are unstyled.
func NewAssets() *Assets {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // "dist" is a valid path
	}
	return newAssets(files, false)
}

// NewAssetsIn returns the assets in a directory, for development. It picks up
// every new build in the directory.
func NewAssetsIn(dir string) *Assets {
	return newAssets(os.DirFS(dir), true)
}

func newAssets(files fs.FS, reload bool) *Assets {
	a := &Assets{files: files, reload: reload}
	a.current.Store(&assetSet{})
	if set, err := readAssets(files, ""); err == nil {
		a.current.Store(set)
	}
	return a
}

// Path returns the URL path of an asset by its source name, such as "app.css".
// The path of an asset that was not built responds with 404.
func (a *Assets) Path(name string) string {
	if hashed, ok := a.set().names[name]; ok {
		return AssetsPrefix + hashed
	}
	return AssetsPrefix + name
}

// Handler serves the assets below [AssetsPrefix]. Assets with a hash in their
// name are cacheable forever.
func (a *Assets) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed: use GET or HEAD", http.StatusMethodNotAllowed)
			return
		}
		set := a.set()
		file, ok := set.files[strings.TrimPrefix(r.URL.Path, AssetsPrefix)]
		if !ok {
			w.Header().Set("Cache-Control", "no-store")
			http.Error(w, missing(set), http.StatusNotFound)
			return
		}
		file.serve(w, r)
	})
}

func missing(set *assetSet) string {
	if len(set.names) == 0 {
		return "assets are not built: run node web/build.mjs"
	}
	return "asset not found"
}

func (f asset) serve(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Type", f.contentType)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-cache")
	if f.immutable {
		header.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	body := f.plain
	if f.gzip != nil || f.brotli != nil {
		header.Set("Vary", "Accept-Encoding")
		var encoding string
		if encoding, body = f.encoded(r.Header.Get("Accept-Encoding")); encoding != "" {
			header.Set("Content-Encoding", encoding)
		}
	}
	header.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // fails only if the visitor has gone away
	}
}

func (f asset) encoded(accept string) (encoding string, body []byte) {
	switch {
	case f.brotli != nil && accepts(accept, "br"):
		return "br", f.brotli
	case f.gzip != nil && accepts(accept, "gzip"):
		return "gzip", f.gzip
	default:
		return "", f.plain
	}
}

func accepts(header, encoding string) bool {
	for entry := range strings.SplitSeq(header, ",") {
		name, parameters, _ := strings.Cut(strings.TrimSpace(entry), ";")
		if strings.EqualFold(strings.TrimSpace(name), encoding) {
			return !zeroQuality(parameters)
		}
	}
	return false
}

// zeroQuality reports whether the parameters of an Accept-Encoding entry reject
// it: q=0 or an invalid q.
func zeroQuality(parameters string) bool {
	key, value, _ := strings.Cut(strings.TrimSpace(parameters), "=")
	if !strings.EqualFold(strings.TrimSpace(key), "q") {
		return false
	}
	q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	return err != nil || q == 0
}

// set returns the current build. In development it checks for a newer one; a
// build writes its manifest last.
func (a *Assets) set() *assetSet {
	set := a.current.Load()
	if !a.reload {
		return set
	}
	if stamp := manifestStamp(a.files); stamp == "" || stamp == set.stamp {
		return set
	}
	a.loading.Lock()
	defer a.loading.Unlock()
	stamp := manifestStamp(a.files)
	if set = a.current.Load(); stamp == set.stamp {
		return set
	}
	fresh, err := readAssets(a.files, stamp)
	if err != nil {
		return set // the build is being replaced: the next one follows soon
	}
	a.current.Store(fresh)
	return fresh
}

func manifestStamp(files fs.FS) string {
	info, err := fs.Stat(files, manifestFile)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%d %d", info.ModTime().UnixNano(), info.Size())
}

func readAssets(files fs.FS, stamp string) (*assetSet, error) {
	content, err := fs.ReadFile(files, manifestFile)
	if err != nil {
		return nil, fmt.Errorf("read asset manifest: %w", err)
	}
	set := &assetSet{stamp: stamp, files: map[string]asset{}}
	if err := json.Unmarshal(content, &set.names); err != nil {
		return nil, fmt.Errorf("read asset manifest: %w", err)
	}
	for source, name := range set.names {
		file, err := readAsset(files, name)
		if err != nil {
			return nil, fmt.Errorf("read asset %s: %w", source, err)
		}
		file.immutable = name != source
		set.files[name] = file
	}
	return set, nil
}

func readAsset(files fs.FS, name string) (asset, error) {
	plain, err := fs.ReadFile(files, name)
	if err != nil {
		return asset{}, err
	}
	file := asset{contentType: contentType(name), plain: plain}
	if file.gzip, err = readOptional(files, name+".gz"); err != nil {
		return asset{}, err
	}
	if file.brotli, err = readOptional(files, name+".br"); err != nil {
		return asset{}, err
	}
	return file, nil
}

func readOptional(files fs.FS, name string) ([]byte, error) {
	content, err := fs.ReadFile(files, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return content, err
}

// contentType returns the media type of an asset by its extension. It knows the
// usual ones, so that the result does not depend on the operating system.
func contentType(name string) string {
	switch extension := path.Ext(name); extension {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	case ".woff2":
		return "font/woff2"
	case ".map", ".json":
		return "application/json"
	case ".txt":
		return "text/plain; charset=utf-8"
	default:
		if known := mime.TypeByExtension(extension); known != "" {
			return known
		}
		return "application/octet-stream"
	}
}
