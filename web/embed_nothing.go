//go:build noassets

package web

import "embed"

// dist is empty in a program that is built for development: there it reads the
// assets from where they are built, and a build of the one need not wait for
// the other.
var dist embed.FS
