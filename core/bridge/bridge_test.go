package bridge_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"example.com/pergola/core/bridge"
	"example.com/pergola/core/database"
	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/core/events"
	"example.com/pergola/core/events/eventstest"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/realtime"
	"example.com/pergola/core/realtime/realtimetest"
	"example.com/pergola/migrations"
)

type Ordered struct {
	Guest   string `json:"guest" validate:"required"`
	Dish    string `json:"dish" validate:"required"`
	Allergy string `json:"allergy,omitempty"` // must stay in the kitchen
}

type Ticket struct {
	Dish string `json:"dish" validate:"required"`
}

var (
	OrderedEvent    = events.Define[Ordered]("restaurant.dish.ordered")
	ComplainedEvent = events.Define[Ordered]("restaurant.dish.complained")
	TicketsChannel  = realtime.DefineChannel[Ticket]("restaurant.tickets", realtime.Role("cook"))
)

func ticketFrom(o Ordered) Ticket { return Ticket{Dish: o.Dish} }

// restaurant is an application with some rules, whose browsers are a recorder.
type restaurant struct {
	t        *testing.T
	browsers *realtimetest.Recorder
	events   *events.Dispatcher
	db       *database.DB
}

func open(t *testing.T, rules ...bridge.Rule) *restaurant {
	t.Helper()
	r := &restaurant{t: t, browsers: realtimetest.NewRecorder(), db: databasetest.New(t, migrations.FS)}
	r.events = eventstest.Run(t, r.db,
		feature.Manifest{Name: "restaurant", Parts: []feature.Part{events.Events{OrderedEvent, ComplainedEvent}}},
		feature.Manifest{Name: "bridge", Parts: []feature.Part{bridge.Handlers(r.browsers, rules...)}})
	return r
}

func (r *restaurant) publish(event events.Event[Ordered], payload Ordered, then error) {
	r.t.Helper()
	err := r.db.InTx(r.t.Context(), func(ctx context.Context) error {
		return errors.Join(event.Publish(ctx, r.events, payload), then)
	})
	if !errors.Is(err, then) {
		r.t.Fatal(err)
	}
	eventstest.Drain(r.t, r.events)
}

func TestForward_broadcastsWhatTheMappingReturns(t *testing.T) {
	t.Parallel()
	r := open(t, bridge.Forward(OrderedEvent, TicketsChannel, ticketFrom))

	r.publish(OrderedEvent, Ordered{Guest: "Ada", Dish: "soup", Allergy: "nuts"}, nil)

	if got, want := realtimetest.Broadcasts(r.browsers, TicketsChannel), []Ticket{{"soup"}}; !slices.Equal(got, want) {
		t.Errorf("the browsers got %v, want %v", got, want)
	}
	for _, message := range r.browsers.Messages() {
		if strings.Contains(string(message.JSON), "Ada") || strings.Contains(string(message.JSON), "nuts") {
			t.Errorf("the broadcast contains what the mapping leaves out: %s", message.JSON)
		}
	}
}

func TestHandlers_broadcastNoUnlistedEvent(t *testing.T) {
	t.Parallel()
	r := open(t, bridge.Forward(OrderedEvent, TicketsChannel, ticketFrom))

	r.publish(ComplainedEvent, Ordered{Guest: "Grace", Dish: "soup"}, nil)

	if got := r.browsers.Messages(); len(got) != 0 {
		t.Errorf("the browsers got %v, want nothing", got)
	}
}

func TestHandlers_broadcastNothingWithoutRules(t *testing.T) {
	t.Parallel()
	r := open(t)

	r.publish(OrderedEvent, Ordered{Guest: "Ada", Dish: "soup"}, nil)

	if got := r.browsers.Messages(); len(got) != 0 {
		t.Errorf("the browsers got %v, want nothing", got)
	}
}

func TestHandlers_broadcastNothingAfterARollback(t *testing.T) {
	t.Parallel()
	r := open(t, bridge.Forward(OrderedEvent, TicketsChannel, ticketFrom))

	r.publish(OrderedEvent, Ordered{Guest: "Ada", Dish: "soup"}, errors.New("the kitchen is closed"))

	if got := r.browsers.Messages(); len(got) != 0 {
		t.Errorf("the browsers got %v, want nothing", got)
	}
}

func TestForward_failsTheDeliveryWhenTheMappingPanicsOrReturnsAnInvalidPayload(t *testing.T) {
	t.Parallel()
	mappings := map[string]func(Ordered) Ticket{
		"a panic":            func(Ordered) Ticket { panic("no such dish") },
		"an invalid payload": func(Ordered) Ticket { return Ticket{} },
	}
	for name, mapping := range mappings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := open(t, bridge.Forward(OrderedEvent, TicketsChannel, mapping))

			r.publish(OrderedEvent, Ordered{Guest: "Ada", Dish: "soup"}, nil)

			failures, err := r.events.Deliveries(t.Context(), events.DeliveryQuery{State: events.Failed})
			if err != nil || len(failures) != 1 || failures[0].Handler != "bridge.restaurant.dish.ordered.restaurant.tickets" {
				t.Errorf("got the failures %+v and error %v, want that of the forward", failures, err)
			}
			if got := r.browsers.Messages(); len(got) != 0 {
				t.Errorf("the browsers got %v, want nothing", got)
			}
		})
	}
}

func TestForward_broadcastsToSeveralChannels(t *testing.T) {
	t.Parallel()
	screen := realtime.DefineChannel[Ticket]("restaurant.screen", realtime.Public)
	r := open(t,
		bridge.Forward(OrderedEvent, TicketsChannel, ticketFrom),
		bridge.Forward(OrderedEvent, screen, func(Ordered) Ticket { return Ticket{"something"} }))

	r.publish(OrderedEvent, Ordered{Guest: "Ada", Dish: "soup"}, nil)
	r.publish(OrderedEvent, Ordered{Guest: "Alan", Dish: "salad"}, nil)

	if got, want := realtimetest.Broadcasts(r.browsers, TicketsChannel), []Ticket{{"soup"}, {"salad"}}; !slices.Equal(got, want) {
		t.Errorf("the tickets are %v, want %v", got, want)
	}
	if got := realtimetest.Broadcasts(r.browsers, screen); len(got) != 2 {
		t.Errorf("the screen got %v, want two", got)
	}
}

func TestRegister_reportsInvalidRulesWithTheirFile(t *testing.T) {
	t.Parallel()
	lists := map[string][]bridge.Rule{
		"a duplicate rule": {
			bridge.Forward(OrderedEvent, TicketsChannel, ticketFrom),
			bridge.Forward(OrderedEvent, TicketsChannel, ticketFrom),
		},
		"the zero rule":          {{}},
		"an event of no feature": {bridge.Forward(events.Event[Ordered]{}, TicketsChannel, ticketFrom)},
	}
	for name, rules := range lists {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dispatcher, err := events.NewDispatcher(databasetest.Empty(t), events.DispatcherOptions{})
			if err != nil {
				t.Fatal(err)
			}
			err = dispatcher.Register([]feature.Manifest{
				{Name: "restaurant", Parts: []feature.Part{events.Events{OrderedEvent}}},
				{Name: "bridge", Parts: []feature.Part{bridge.Handlers(realtimetest.NewRecorder(), rules...)}},
			})

			if err == nil || !strings.Contains(err.Error(), "cmd/web/bridge.go") {
				t.Errorf("got %v, want a line that names cmd/web/bridge.go", err)
			}
		})
	}
}

func TestHandlers_canBeCalledByEventstest(t *testing.T) {
	t.Parallel()
	browsers := realtimetest.NewRecorder()
	manifest := feature.Manifest{Name: "bridge", Parts: []feature.Part{
		bridge.Handlers(browsers, bridge.Forward(OrderedEvent, TicketsChannel, ticketFrom)),
	}}

	err := eventstest.Deliver(t, manifest, OrderedEvent, Ordered{Guest: "Ada", Dish: "soup"})

	if got := realtimetest.Broadcasts(browsers, TicketsChannel); err != nil || len(got) != 1 {
		t.Errorf("got %v and error %v, want one ticket", got, err)
	}
}

func Example() {
	rules := []bridge.Rule{
		bridge.Forward(OrderedEvent, TicketsChannel, func(o Ordered) Ticket { return Ticket{Dish: o.Dish} }),
	}
	browsers := realtimetest.NewRecorder() // the realtime hub in an application
	for _, handler := range bridge.Handlers(browsers, rules...) {
		fmt.Println(handler.Name())
	}
	// Output: bridge.restaurant.dish.ordered.restaurant.tickets
}
