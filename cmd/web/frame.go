package main

import (
	"context"
	"fmt"

	"github.com/a-h/templ"

	"example.com/pergola/core/app"
	"example.com/pergola/core/auth"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/respond"
	"example.com/pergola/web"
)

// pageFrame is the frame around every page. It stands before the features,
// because they answer with it, and learns last what they put into it.
type pageFrame struct {
	config     Config
	assets     *web.Assets
	navigation []feature.NavItem
	header     []feature.HeaderItem
}

func newPageFrame(config Config, assets *web.Assets) *pageFrame {
	return &pageFrame{config: config, assets: assets}
}

// seal takes over what the manifests put on every page, before the first one
// is served.
func (f *pageFrame) seal(manifests []feature.Manifest) {
	for _, manifest := range manifests {
		f.navigation = append(f.navigation, manifest.Navigation...)
		f.header = append(f.header, manifest.Header...)
	}
}
