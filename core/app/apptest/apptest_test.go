package apptest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/go-chi/chi/v5"

	"example.com/pergola/core/app/apptest"
	"example.com/pergola/core/auth"
	"example.com/pergola/core/events"
	"example.com/pergola/core/events/eventstest"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/realtime"
	"example.com/pergola/core/realtime/realtimetest"
	"example.com/pergola/migrations"
)

// The sample feature responds to a ping with a pong, which only the sender gets.
type (
	ping struct {
		Text string `json:"text" validate:"max=20"`
	}
	pong struct {
		Text string `json:"text"`
	}
	called struct {
		Text string `json:"text"`
	}
)

var (
	pingChannel = realtime.DefineChannel[ping]("sample.ping")
	pongChannel = realtime.DefineUserChannel[pong]("sample.pong.{userId}")
	calledEvent = events.Define[called]("sample.ping.called")
)

func sample(infra *apptest.Infrastructure, hub *realtime.Hub, outbox events.Outbox, attempts *atomic.Int32) feature.Manifest {
	return feature.Manifest{
		Name: "sample",
		Routes: func(r chi.Router) {
			r.Get("/who", func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.WriteString(w, "<p>"+auth.CurrentUser(r.Context()).Name+"</p><form method=post action=/call><input name=text value=hello></form>")
			})
			r.Post("/call", func(w http.ResponseWriter, r *http.Request) {
				err := infra.DB.InTx(r.Context(), func(ctx context.Context) error {
					return calledEvent.Publish(ctx, outbox, called{Text: r.FormValue("text")})
				})
				if err != nil {
					infra.Respond.Error(w, r, err)
				}
			})
		},
		Parts: []feature.Part{
			realtime.Channels{
				pingChannel.Handle(func(ctx context.Context, p ping, from realtime.Caller) error {
					return pongChannel.For(from.UserID).Broadcast(ctx, hub, pong(p))
				}),
				pongChannel,
			},
			events.Events{calledEvent},
			events.Handlers{events.Handle(calledEvent, "sample.count", func(context.Context, called) error {
				if attempts.Add(1) == 1 {
					return errors.New("only the second attempt works")
				}
				return nil
			})},
		},
	}
}

// site is a running application with the sample feature.
type site struct {
	*apptest.App
	*realtimetest.Server

	attempts atomic.Int32
}

func start(t *testing.T) *site {
	t.Helper()
	s := &site{}
	s.App = apptest.New(t, migrations.FS, func(infra *apptest.Infrastructure) []feature.Manifest {
		s.Server = realtimetest.NewServer(infra)
		outbox := eventstest.NewDispatcher(infra).Outbox
		return []feature.Manifest{sample(infra, s.Hub, outbox, &s.attempts)}
	})
	return s
}

var ada = auth.User{ID: "0190a000-0000-7000-8000-000000000001", Name: "Ada", Roles: []string{auth.RoleReader}}

func TestAs_returnsAClientWithASession(t *testing.T) {
	t.Parallel()
	app := start(t)

	if got := app.As(ada).Get("/who").Find("p").Text(); got != "Ada" {
		t.Errorf("the name on Ada's page is %q, want Ada", got)
	}
	if got := app.As(auth.User{}).Get("/who").Find("p").Text(); got != "" {
		t.Errorf("the name on a visitor's page is %q, want none", got)
	}
}

// A real connection is admitted with the session's cookie (gate 1), subscribes to
// its own topic (gate 2), sends a ping (gates 3 and 4), and receives the pong.
func TestSocket_sendsAPingAndReceivesThePong(t *testing.T) {
	t.Parallel()
	app := start(t)
	socket, visitor := app.Socket(ada), app.Socket(auth.User{})
	socket.MustSubscribe("sample.pong." + ada.ID)

	err := socket.Emit("sample.ping", ping{Text: "hello"})

	if err != nil {
		t.Fatalf("ping: %v", err)
	}
	if got := realtimetest.Next(socket, pongChannel.For(ada.ID)).Payload.Text; got != "hello" {
		t.Errorf("pong = %q, want %q", got, "hello")
	}
	if err := visitor.Subscribe("sample.pong." + ada.ID); !errors.Is(err, fault.Unauthenticated) {
		t.Errorf("a visitor subscribing to Ada's topic: %v, want unauthenticated", err)
	}
	if err := visitor.Emit("sample.ping", ping{Text: "hello"}); !errors.Is(err, fault.Unauthenticated) {
		t.Errorf("a visitor's ping: %v, want unauthenticated", err)
	}
}

func TestDrain_waitsForEveryAttempt(t *testing.T) {
	t.Parallel()
	app := start(t)
	client := app.As(ada)

	page := client.Submit(client.Get("/who"), "form", map[string]string{"text": "hello"})
	app.Drain()

	if page.Status != http.StatusOK || app.attempts.Load() != 2 {
		t.Errorf("status %d, handled %d times, want 200 and 2", page.Status, app.attempts.Load())
	}
}

func TestPost_returnsErrorPages(t *testing.T) {
	t.Parallel()
	app := start(t)

	if got := app.As(ada).Post("/nowhere", url.Values{}).Status; got != http.StatusNotFound {
		t.Errorf("status = %d, want 404", got)
	}
}
