//go:build noassets

package web

import "embed"

// dist is empty in development builds, which read the assets from disk, so that
// the Go build does not wait for the asset build.
var dist embed.FS
