package blog

import (
	"context"
	"strconv"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/realtime"
)

// currentEditor returns the user in the context if they are an editor. Each of
// the desk's use cases begins with it, so that no caller (a page, a socket, a
// job) can forget the check. It fails with fault.Unauthenticated or
// fault.Forbidden.
func currentEditor(ctx context.Context) (auth.User, error) {
	user := auth.CurrentUser(ctx)
	if !user.SignedIn() {
		return auth.User{}, fault.Unauthenticated.New("Sign in to use the desk.")
	}
	if !user.HasRole(auth.RoleEditor) {
		return auth.User{}, fault.Forbidden.New("Only editors can use the desk.")
	}
	return user, nil
}

// broadcastActivity sends the article's last change to the desk.
func broadcastActivity(ctx context.Context, rt realtime.Broadcaster, article Article) error {
	return DeskChannel.Broadcast(ctx, rt, activityOf(article.ID, article.Version, article.Title, article.LastChange))
}

func activityOf(articleID string, version int, title string, change Change) DeskActivity {
	return DeskActivity{
		ID:        articleID + "." + strconv.Itoa(version),
		ActorName: change.ByName,
		Action:    change.Action,
		Title:     title,
		URL:       activityURL(articleID, change.Action),
		At:        change.At,
	}
}

// activityURL returns the page on which an editor sees what was changed.
func activityURL(articleID string, action Action) string {
	if action == ActionDeleted {
		return "/desk"
	}
	return editURL(articleID)
}

func editURL(articleID string) string { return "/desk/articles/" + articleID + "/edit" }
