package accounts

import (
	"github.com/google/wire"

	"example.com/pergola/core/auth"
)

// Set provides the feature on Postgres.
var Set = wire.NewSet(NewPostgresUsers, shared)

// DevSeedSet provides it in memory. The memory store of sessions finds its
// users here.
var DevSeedSet = wire.NewSet(NewMemoryUsers, wire.Bind(new(auth.Users), new(Users)), shared)

// shared is what does not depend on the storage. The use cases are those that
// others are given; the rest are built by New.
var shared = wire.NewSet(
	wire.Struct(new(Deps), "*"),
	wire.Value(Limits{}),
	wire.Value(PasswordOptions{}),
	NewPasswords,
	New,
	NewFindByEmail,
	NewFindUsers,
	NewAppointAdmin,
	NewListUserIDs,
	NewFindGoneUsers,
	// <gen:use-cases>
)
