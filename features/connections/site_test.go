package connections_test

import (
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/uuid"

	"example.com/pergola/core/app/apptest"
	"example.com/pergola/core/auth"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/realtime"
	"example.com/pergola/core/realtime/realtimetest"
	"example.com/pergola/features/accounts"
	"example.com/pergola/features/connections"
	"example.com/pergola/migrations"
)

// site is a running application with the connections page and a garden whose
// channels can be subscribed to.
type site struct {
	*apptest.App
	*realtimetest.Server
	t            testing.TB
	users        *accounts.Users
	admin        auth.User
	readOverview connections.ReadOverview
	broadcast    connections.BroadcastStats
}

type note struct {
	Text string `json:"text"`
}

var (
	openChannel = realtime.DefineChannel[note]("garden.open", realtime.Public)
	deskChannel = realtime.DefineChannel[note]("garden.desk", realtime.Role(auth.RoleEditor))
	bedChannel  = realtime.DefineUserChannel[note]("garden.bed.{userId}")
)

func newSite(t testing.TB) *site {
	t.Helper()
	s := &site{t: t}
	s.App = apptest.New(t, migrations.FS, func(infra *apptest.Infrastructure) []feature.Manifest {
		s.Server = realtimetest.NewServer(infra)
		s.users = accounts.NewUsers(infra.DB)
		s.readOverview = connections.NewReadOverview(s.Hub, accounts.NewFindUsers(s.users))
		s.broadcast = connections.NewBroadcastStats(s.Hub)
		f := &connections.Feature{ReadOverview: s.readOverview, BroadcastStats: s.broadcast, Respond: infra.Respond}
		return []feature.Manifest{
			{Name: "garden", Parts: []feature.Part{realtime.Channels{openChannel, deskChannel, bedChannel}}},
			f.Manifest(),
		}
	})
	s.admin = s.user("Alan", auth.RoleAdmin)
	return s
}

// user creates an account.
func (s *site) user(name string, roles ...string) auth.User {
	s.t.Helper()
	user := auth.User{
		ID:    uuid.Must(uuid.NewV7()).String(),
		Email: strings.ToLower(name) + "@example.com",
		Name:  name,
		Roles: append([]string{auth.RoleReader}, roles...),
	}
	now := time.Now()
	created, err := s.users.Create(s.t.Context(), accounts.User{
		ID: user.ID, Email: user.Email, Name: name, Roles: user.Roles, CreatedAt: now, UpdatedAt: now,
	})
	if err != nil || !created {
		s.t.Fatalf("create %s: %v, %v", user.Email, created, err)
	}
	return user
}

// show gets the page as an administrator.
func (s *site) show(query string) apptest.Page {
	s.t.Helper()
	page := s.As(s.admin).Get("/admin/connections" + query)
	if page.Status != 200 {
		s.t.Fatalf("/admin/connections%s: status %d: %s", query, page.Status, page.Find("main").Text())
	}
	return page
}

// text returns the text of the elements that match a selector.
func text(page apptest.Page, selector string) string { return words(page.Find(selector)) }

// texts returns the text of each element that matches a selector.
func texts(page apptest.Page, selector string) []string {
	return page.Find(selector).Map(func(_ int, found *goquery.Selection) string { return words(found) })
}

// words joins all texts within with single spaces, as a reader sees them.
func words(selection *goquery.Selection) string {
	var all []string
	selection.Contents().Each(func(_ int, node *goquery.Selection) {
		if goquery.NodeName(node) == "#text" {
			all = append(all, strings.Fields(node.Text())...)
		} else {
			all = append(all, strings.Fields(words(node))...)
		}
	})
	return strings.Join(all, " ")
}
