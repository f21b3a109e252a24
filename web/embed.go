//go:build !noassets

package web

import "embed"

// dist is what build.mjs made of src. In a fresh clone there is nothing in it
// but .keep, and the program builds all the same.
//
//go:embed all:dist
var dist embed.FS
