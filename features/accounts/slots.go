package accounts

import "example.com/pergola/core/feature"

// AccountSlot is on the account page, below the profile. Its sections are for the
// user whose page it is.
var AccountSlot = feature.DefineSlot[User]("accounts.account")
