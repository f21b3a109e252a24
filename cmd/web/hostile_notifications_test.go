package main

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"example.com/pergola/core/app/apptest"
	_ "example.com/pergola/features/notifications" // the channels under test
)

func TestHostile_notificationsReachOnlyTheirReader(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	var graceID string
	query(t, s, func(db *pgx.Conn) error {
		return db.QueryRow(t.Context(), `select id::text from accounts_users where email = $1`, grace).Scan(&graceID)
	})
	visitor, editor, reader := s.socket(t, apptest.NewClient(t, s.URL)), s.socket(t, s.signIn(t, ada)), s.socket(t, s.signIn(t, grace))

	for name, err := range map[string]error{
		"an editor subscribes to a reader's notifications": editor.Subscribe("notifications.user." + graceID),
		"a visitor subscribes to a reader's notifications": visitor.Subscribe("notifications.user." + graceID),
		"a visitor subscribes to announcements":            visitor.Subscribe("notifications.announcements"),
		"a reader sends an announcement":                   reader.EmitJSON("notifications.announcements", `{"title":"x"}`),
		"a reader sends a notification":                    reader.EmitJSON("notifications.user."+graceID, `{}`),
	} {
		if err == nil {
			t.Errorf("%s: want a rejection", name)
		}
	}
	reader.MustSubscribe("notifications.user." + graceID)
}
