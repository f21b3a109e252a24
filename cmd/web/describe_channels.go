// <with:realtime/>

package main

import (
	"io"

	"example.com/pergola/core/realtime"
	"example.com/pergola/core/realtime/typescript"
)

func describeTypeScript(w io.Writer, application *Application) error {
	return typescript.Write(w, realtime.Describe(application.Manifests))
}
