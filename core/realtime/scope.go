package realtime

// Scope defines who may subscribe to a channel and send on it. The zero value is
// Authenticated.
type Scope struct {
	public bool
	role   string
}

var (
	// Public allows everyone, including visitors who have not signed in.
	Public = Scope{public: true}

	// Authenticated allows signed-in users.
	Authenticated = Scope{}
)

// Role allows users with the role. An empty role is an error at start.
func Role(role string) Scope {
	if role == "" {
		return Scope{role: noRole}
	}
	return Scope{role: role}
}

// noRole is the role of Role(""). No account can have it, and the checks at start
// reject it, so that an empty constant never opens a channel.
const noRole = "\x00"

// String returns the scope for messages and `web describe`: "public",
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

// admit returns nil if the caller is within the scope, and otherwise why not.
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
