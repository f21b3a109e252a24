package notifications_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"example.com/pergola/core/auth"
	"example.com/pergola/core/auth/authtest"
	"example.com/pergola/core/fault"
	"example.com/pergola/features/accounts"
	"example.com/pergola/features/notifications"
)

// newSeed seeds notifications of the articles in the fake blog.
func newSeed(o *fixture) notifications.SeedNotifications {
	find := func(_ context.Context, email string) (accounts.User, error) {
		for _, user := range []auth.User{ada, grace, alan} {
			if user.Email == email {
				return accounts.User{ID: user.ID, Email: user.Email, Name: user.Name, Roles: user.Roles}, nil
			}
		}
		return accounts.User{}, fault.NotFound.New("There is no such user.")
	}
	return notifications.NewSeedNotifications(o.db, o.inboxes, o.digests, o.announcements, find, o.blog.list, o.clock.now)
}

func TestSeed_createsNotifications(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	o := newFixture(s)
	for title, age := range map[string]time.Duration{"Yesterday's": 24 * time.Hour, "Last week's": 7 * 24 * time.Hour} {
		article := articleBy(ada, title)
		article.PublishedAt = o.clock.at.Add(-age)
		o.blog.add(article)
	}
	seed := newSeed(o)

	var group sync.WaitGroup
	for range 3 {
		group.Go(func() {
			if err := seed(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()

	for reader, want := range map[*auth.User]struct {
		titles string
		unread int
		digest bool
	}{
		&ada:   {"[Welcome to the garden]", 0, false},
		&grace: {"[Yesterday's Welcome to the garden Last week's]", 2, true},
		&alan:  {"[Yesterday's Welcome to the garden Last week's]", 1, false},
	} {
		found, inbox := o.inboxOf(t, *reader)
		preferences, err := o.ReadPreferences(authtest.As(t, *reader))
		if titles(found) != want.titles || inbox.Unread != want.unread || err != nil || preferences.WeeklyDigest != want.digest {
			t.Errorf("%s starts with %s, %+v, %+v, %v; want %+v", reader.Name, titles(found), inbox, preferences, err, want)
		}
	}
	if len(o.rt.Messages()) != 0 {
		t.Errorf("open pages received %v", o.rt.Messages())
	}
}

func TestSeed_keepsExistingData(t *testing.T) {
	t.Parallel()
	s := newStores(t)
	o := newFixture(s)
	o.announce(t, "Down on Sunday", "")

	err := newSeed(o)(t.Context())

	found, _ := o.inboxOf(t, grace)
	if err != nil || titles(found) != "[Down on Sunday]" {
		t.Errorf("%v: Grace has %s, want it unchanged", err, titles(found))
	}
}

func TestSeed_doesNothingWithoutSampleUsers(t *testing.T) {
	t.Parallel()
	o := newFixture(newStores(t))
	noUsers := func(context.Context, string) (accounts.User, error) {
		return accounts.User{}, fault.NotFound.New("There is no such user.")
	}
	broken := func(context.Context, string) (accounts.User, error) { return accounts.User{}, errBroken }
	seedWith := func(find func(context.Context, string) (accounts.User, error)) error {
		return notifications.NewSeedNotifications(o.db, o.inboxes, o.digests, o.announcements, find, o.blog.list, o.clock.now)(t.Context())
	}

	none, failed := seedWith(noUsers), seedWith(broken)

	latest, err := o.announcements.Latest(t.Context(), 1)
	if none != nil || !errors.Is(failed, errBroken) || err != nil || len(latest) != 0 {
		t.Errorf("without users %v, without a database %v; announced %v, %v", none, failed, latest, err)
	}
}
