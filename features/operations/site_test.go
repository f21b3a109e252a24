package operations_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/uuid"

	"example.com/pergola/core/app/apptest"
	"example.com/pergola/core/auth"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/observe"
	"example.com/pergola/core/realtime"
	"example.com/pergola/features/accounts"
	"example.com/pergola/features/operations"
)

// site is a running application with operations in it, and a garden whose
// channels can be heard.
type site struct {
	*apptest.App
	t       testing.TB
	users   accounts.Users
	admin   auth.User
	readNow operations.ReadOverview
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
	s.App = apptest.New(t, func(edges apptest.Edges) []feature.Manifest {
		s.users = accounts.NewMemoryUsers(edges.Memory)
		s.readNow = operations.NewReadOverview(edges.Hub, accounts.NewFindUsers(s.users))
		return []feature.Manifest{
			{Name: "garden", Parts: []feature.Part{realtime.Channels{openChannel, deskChannel, bedChannel}}},
			operations.New(operations.Deps{
				ReadOverview: s.readNow,
				TellAdmins:   operations.NewTellAdmins(edges.Hub, edges.Hub),
				Hub:          edges.Hub,
				Respond:      edges.Respond,
				Reporter:     observe.NewLogReporter(slog.New(slog.DiscardHandler)),
			}).Manifest(),
		}
	})
	s.admin = s.user("Alan", auth.RoleAdmin)
	return s
}

// user is somebody with an account.
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

// live is the page as the administrator sees it.
func (s *site) live(query string) apptest.Page {
	s.t.Helper()
	page := s.As(s.admin).Get("/admin/live" + query)
	if page.Status != 200 {
		s.t.Fatalf("/admin/live%s answered %d: %s", query, page.Status, page.Find("main").Text())
	}
	return page
}

// text is what a selector finds on a page.
func text(in interface {
	Find(string) *goquery.Selection
}, selector string) string {
	return words(in.Find(selector))
}

// texts are those of each thing that a selector finds.
func texts(page apptest.Page, selector string) []string {
	return page.Find(selector).Map(func(_ int, found *goquery.Selection) string { return words(found) })
}

// words are the words of all texts within, as a reader sees them apart.
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
