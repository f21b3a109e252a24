package main

import (
	"github.com/google/wire"

	"example.com/pergola/core/feature"
	"example.com/pergola/features/accounts"
	"example.com/pergola/features/authentication"
	"example.com/pergola/features/blog"
	"example.com/pergola/features/connections"
	"example.com/pergola/features/eventadmin"
	"example.com/pergola/features/jobadmin"
	"example.com/pergola/features/notifications"
)

// Features are the features of this application. Each has an import and four
// lines in this file.
type Features struct {
	Accounts       *accounts.Feature
	Authentication *authentication.Feature
	Blog           *blog.Feature
	Notifications  *notifications.Feature
	Connections    *connections.Feature
	JobAdmin       *jobadmin.Feature
	EventAdmin     *eventadmin.Feature
	// <gen:feature-fields>

	MakeAdmin accounts.MakeAdmin // for `web make-admin`
}

// Manifests returns the features' manifests, in the order of the navigation.
func (f Features) Manifests() []feature.Manifest {
	return []feature.Manifest{
		f.Accounts.Manifest(),
		f.Authentication.Manifest(),
		f.Blog.Manifest(),
		f.Notifications.Manifest(),
		f.Connections.Manifest(),
		f.JobAdmin.Manifest(),
		f.EventAdmin.Manifest(),
		// <gen:feature-manifests>
	}
}

// featureSet builds the features for production.
var featureSet = wire.NewSet(
	wire.Struct(new(Features), "*"),
	accounts.Set,
	authentication.Set,
	blog.Set,
	notifications.Set,
	connections.Set,
	jobadmin.Set,
	eventadmin.Set,
	// <gen:feature-sets>
)

// featureDevSeedSet builds them for development, with sample data.
var featureDevSeedSet = wire.NewSet(
	wire.Struct(new(Features), "*"),
	accounts.DevSeedSet,
	authentication.DevSeedSet,
	blog.DevSeedSet,
	notifications.DevSeedSet,
	connections.DevSeedSet,
	jobadmin.DevSeedSet,
	eventadmin.DevSeedSet,
	// <gen:feature-dev-seed-sets>
)
