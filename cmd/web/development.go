package main

import (
	"context"
	"fmt"

	"example.com/pergola/cmd/internal/mailbox"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/mail"
	"example.com/pergola/core/respond"
	"example.com/pergola/web"
)

// development adds sample data, the mailbox page and the developer pages.
type development struct {
	Mailbox *mail.Mailbox // nil if emails go to a mail server or are off
	Respond *respond.Responder
	Assets  *web.Assets
}

// pages returns the manifests of the pages that exist in development only.
func (d *development) pages(packages Packages, manifests []feature.Manifest) []feature.Manifest {
	pages := []feature.Manifest{devPages(d.Respond, d.Assets), mailbox.Manifest(d.Mailbox, d.Respond)}
	for _, p := range packages.all() {
		if p.devPages != nil {
			pages = append(pages, p.devPages(manifests)...)
		}
	}
	return pages
}

// seed creates the sample data.
func (d *development) seed(ctx context.Context, manifests []feature.Manifest) error {
	for _, manifest := range manifests {
		if manifest.Seed == nil {
			continue
		}
		if err := manifest.Seed(ctx); err != nil {
			return fmt.Errorf("create the sample data of %s: %w", manifest.Name, err)
		}
	}
	return nil
}
