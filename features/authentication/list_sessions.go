package authentication

import (
	"context"
	"strings"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/observe"
)

// ListSessions returns the current user's sessions, newest first. It fails with
// fault.Unauthenticated for a visitor.
type ListSessions func(ctx context.Context) ([]ListedSession, error)

// ListedSession is a session of the current user.
type ListedSession struct {
	auth.Session
	Current bool // whether it is the session of this request
}

// NewListSessions returns the use case.
func NewListSessions(sessions *auth.Sessions) ListSessions {
	run := observe.UseCase("authentication.list_sessions", func(ctx context.Context, _ struct{}) ([]ListedSession, error) {
		user := auth.CurrentUser(ctx)
		if !user.SignedIn() {
			return nil, fault.Unauthenticated
		}
		found, err := sessions.List(ctx, user.ID)
		if err != nil {
			return nil, err
		}
		listed := make([]ListedSession, len(found))
		for i, session := range found {
			listed[i] = ListedSession{Session: session, Current: session.ID == sessions.CurrentID(ctx)}
		}
		return listed, nil
	})
	return func(ctx context.Context) ([]ListedSession, error) { return run(ctx, struct{}{}) }
}

// Device names the browser and the system, well enough for users to recognize
// their own devices: "Firefox on Windows".
func (s ListedSession) Device() string {
	browser := firstMatch(s.UserAgent, [][2]string{
		{"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"}, {"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"},
		{"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Chromium/", "Chromium"}, {"Safari/", "Safari"}, {"curl/", "curl"},
	})
	system := firstMatch(s.UserAgent, [][2]string{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"CrOS", "ChromeOS"},
		{"Macintosh", "Mac"}, {"Linux", "Linux"},
	})
	switch {
	case browser == "" && system == "":
		return "Unknown device"
	case system == "":
		return browser
	case browser == "":
		return system
	}
	return browser + " on " + system
}

// firstMatch returns the name that goes with the first substring found in text.
// The order matters: most browsers include the names of others.
func firstMatch(text string, names [][2]string) string {
	for _, name := range names {
		if strings.Contains(text, name[0]) {
			return name[1]
		}
	}
	return ""
}
