package connections_test

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/realtime/realtimetest"
	"example.com/pergola/features/connections"
)

func TestConnections_isForAdministrators(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	editor := s.user("Ada", auth.RoleEditor)

	if page := s.As(auth.User{}).Get("/admin/connections"); page.Path != "/sign-in?next=%2Fadmin%2Fconnections" {
		t.Errorf("a visitor is led to %s, want the sign-in", page.Path)
	}
	if page := s.As(editor).Get("/admin/connections"); page.Status != http.StatusForbidden {
		t.Errorf("an editor: status %d, want 403", page.Status)
	}
	if _, err := s.readOverview(auth.WithUser(t.Context(), editor), connections.ReadOverviewInput{}); !errors.Is(err, fault.Forbidden) {
		t.Errorf("ReadOverview by an editor = %v, want fault.Forbidden", err)
	}
	if err := s.Socket(editor).Subscribe("connections.stats"); !errors.Is(err, fault.Forbidden) {
		t.Errorf("an editor subscribing gets %v, want forbidden", err)
	}
}

func TestConnections_showsUsersAndSubscriptions(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada, grace := s.user("Ada", auth.RoleEditor), s.user("Grace")
	s.Socket(grace).MustSubscribe("garden.open")
	s.Socket(ada).MustSubscribe("garden.open", "garden.desk", "garden.bed."+ada.ID)
	s.Socket(ada)
	s.Socket(auth.User{}).MustSubscribe("garden.open")

	page := s.show("")

	for figure, want := range map[string]string{"connections": "4", "users": "2", "visitors": "1", "subscriptions": "5"} {
		if got := text(page, `[data-figure="`+figure+`"]`); got != want {
			t.Errorf("%s: %s, want %s", figure, got, want)
		}
	}
	connected := texts(page, "[data-connected]")
	if len(connected) != 2 || connected[0] != "A Ada ada@example.com 2 connections" || connected[1] != "G Grace grace@example.com 1 connection" {
		t.Errorf("connected are %q", connected)
	}
	if got := page.Find(`[data-connected="`+ada.ID+`"] a`).AttrOr("href", ""); got != "/admin/users?q=ada%40example.com" {
		t.Errorf("the name leads to %s", got)
	}
	if got := page.Find("[data-visitors]").AttrOr("data-visitors", ""); got != "1" {
		t.Errorf("%s visitors, want 1", got)
	}
	channels := texts(page, "[data-channel]")
	if want := "garden.open Topics 1 Subscriptions 3|garden.bed.{userId} Topics 1 Subscriptions 1|garden.desk Topics 1 Subscriptions 1"; strings.Join(channels, "|") != want {
		t.Errorf("channels are %q, want %q", channels, want)
	}
	if got := page.Find("[data-topic]"); got.Length() != 1 || got.AttrOr("data-topic", "") != "garden.bed."+ada.ID {
		t.Errorf("topics: %s", got.Text())
	}
}

func TestConnections_showsAnEmptyState(t *testing.T) {
	t.Parallel()
	s := newSite(t)

	page := s.show("")

	if got := text(page, "main"); !strings.Contains(got, "No one is connected") || !strings.Contains(got, "No subscriptions") || !strings.Contains(got, "Nothing was rejected") {
		t.Errorf("the page shows %q", got)
	}
}

func TestConnections_showsRejections(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	grace := s.user("Grace")
	socket := s.Socket(grace)
	_ = socket.Emit("<script>alert(1)</script>", note{})
	for range 3 {
		_ = socket.Subscribe("garden.desk")
	}
	_ = s.Socket(auth.User{}).Subscribe("garden.desk")
	realtimetest.DialRejected(t, s.URL, http.Header{"Origin": {"https://evil.example"}})

	page := s.show("")

	rows := texts(page, "[data-rejected]")
	wants := []string{
		"Connection forbidden A visitor from 127.0.0.0/24",
		"Subscription unauthenticated garden.desk A visitor from 127.0.0.0/24",
		"Subscription forbidden 3 times garden.desk Grace from 127.0.0.0/24",
		"Invalid message unknown_channel <script>alert(1)</script> Grace from 127.0.0.0/24",
	}
	if len(rows) != len(wants) {
		t.Fatalf("rejected: %q, want %q", rows, wants)
	}
	for i, want := range wants {
		if !strings.HasPrefix(rows[i], want) {
			t.Errorf("rejection %d: %q, want %q", i, rows[i], want)
		}
	}
	if strings.Contains(page.Text(), "127.0.0.1") {
		t.Error("the page shows an address")
	}
	if page.Find("script").Length() != 0 {
		t.Error("a topic was rendered as a script")
	}
}

func TestConnections_filtersRejectionsByGate(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	socket := s.Socket(s.user("Grace"))
	_ = socket.Subscribe("garden.desk")
	_ = socket.Emit("garden.open", note{})
	_ = socket.Emit("garden.nothing", note{})

	page := s.show("?gate=inbound")

	if got := page.Find("[data-rejected]"); got.Length() != 2 || got.AttrOr("data-rejected", "") != "inbound" {
		t.Errorf("%d rejections, want the 2 of the gate", got.Length())
	}
	if got := page.Find(`nav [aria-current="page"]`).AttrOr("data-gate", ""); got != "inbound" {
		t.Errorf("the tab of the gate %q is open", got)
	}
	if all, inbound := text(page, `[data-gate=""]`), text(page, `[data-gate="inbound"]`); all != "All 3" || inbound != "Invalid message 2" {
		t.Errorf("the tabs say %q and %q", all, inbound)
	}
	if got := page.Find("#connections-now").AttrOr("data-live-refresh", ""); got != "/admin/connections?fragment=now&gate=inbound" {
		t.Errorf("the region refreshes itself from %s", got)
	}
	if page := s.As(s.admin).Get("/admin/connections?gate=none"); page.Status != http.StatusNotFound {
		t.Errorf("an unknown gate: status %d, want 404", page.Status)
	}
}

// The page fetches its region after each message: both must agree.
func TestConnections_regionMatchesThePage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.Socket(s.user("Grace")).MustSubscribe("garden.open")

	page, fragment := s.show(""), s.show("?fragment=now")

	region := page.Find("#connections-now")
	if region.AttrOr("data-live", "") != "connections.stats" || region.AttrOr("data-live-insert", "") != "replace" {
		t.Errorf("the region is not live: %v", region.Nodes)
	}
	shown, _ := region.Html()
	answered, _ := fragment.Find("body").Html()
	if strings.TrimSpace(shown) != strings.TrimSpace(answered) {
		t.Errorf("the page shows\n%s\nand its region is\n%s", shown, answered)
	}
}

func TestConnections_showsUsersWhoseAccountIsDeleted(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	grace := s.user("Grace")
	_ = s.Socket(grace).Subscribe("garden.desk")
	if err := s.users.Delete(t.Context(), grace.ID); err != nil {
		t.Fatal(err)
	}

	page := s.show("")

	if got := text(page, `[data-connected="`+grace.ID+`"]`); !strings.Contains(got, "Deleted account") {
		t.Errorf("connected is %q", got)
	}
	if got := text(page, "[data-rejected]"); !strings.Contains(got, "Deleted account") {
		t.Errorf("rejected is %q", got)
	}
}

func TestReadOverview_limitsItsLists(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for n := range 53 {
		user := s.user("Reader" + strconv.Itoa(n))
		s.Socket(user).MustSubscribe("garden.bed." + user.ID)
	}
	most := s.user("Most")
	s.Socket(most)
	s.Socket(most)
	flood := s.Socket(auth.User{})
	for n := range 25 {
		_ = flood.Subscribe("garden.bed." + strconv.Itoa(n))
	}

	overview, err := s.readOverview(auth.WithUser(t.Context(), s.admin), connections.ReadOverviewInput{})

	if err != nil || len(overview.Users) != 50 || overview.MoreUsers != 4 || overview.Users[0].User.Name != "Most" {
		t.Errorf("%d users and %d more, the first is %+v, %v; want 50 and 4, Most", len(overview.Users), overview.MoreUsers, overview.Users[0], err)
	}
	if len(overview.Topics) != 10 || overview.MoreTopics != 43 || len(overview.Rejected) != 20 {
		t.Errorf("%d topics and %d more, %d rejections, want 10, 43 and 20", len(overview.Topics), overview.MoreTopics, len(overview.Rejected))
	}
}

func TestReadOverview_failsIfAccountsAreUnavailable(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.Socket(s.admin)
	down := connections.NewReadOverview(s.Hub, func(context.Context, []string) (map[string]auth.User, error) {
		return nil, fault.Unavailable
	})

	if _, err := down(auth.WithUser(t.Context(), s.admin), connections.ReadOverviewInput{}); !errors.Is(err, fault.Unavailable) {
		t.Errorf("ReadOverview without a database = %v, want fault.Unavailable", err)
	}
}
