package realtime

// Scope says who may hear a channel and speak on it. The zero value is
// Authenticated: openness must be asked for.
type Scope struct {
	public bool
	role   string
}

var (
	// Public lets everybody in, visitors who have not signed in too.
	Public = Scope{public: true}

	// Authenticated lets in whoever is signed in.
	Authenticated = Scope{}
)

// Role lets in whoever was granted the role. An empty role lets nobody in and
// stops the program at start.
func Role(role string) Scope {
	if role == "" {
		return Scope{role: noRole}
	}
	return Scope{role: role}
}

// noRole is what Role("") asks for. No account can hold it, and the checks at
// start reject it, so that a forgotten constant never opens a channel.
const noRole = "\x00"

// String is how the scope reads in messages and in `web describe`: "public",
// "authenticated" or "role:editor".
func (s Scope) String() string {
	switch {
	case s.public:
		return "public"
	case s.role != "":
		return "role:" + s.role
	default:
		return "authenticated"
	}
}

// admit reports why somebody is not within the scope; nil if they are.
func (s Scope) admit(caller Caller) error {
	switch {
	case s.public:
		return nil
	case !caller.SignedIn():
		return errNotSignedIn
	case s.role != "" && !caller.HasRole(s.role):
		return errNotAllowed
	default:
		return nil
	}
}
