package auth

import "github.com/alexedwards/scs/v2"

type Sessions struct{ store scs.Store }
