//go:build !noassets

package web

import "embed"

// dist is the output of build.mjs. In a fresh clone it contains only .keep, so
// that the program compiles without it.
//
//go:embed all:dist
var dist embed.FS
