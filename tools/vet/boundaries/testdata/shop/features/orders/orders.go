// Package orders writes in its realtime handlers, in every possible way.
package orders

import (
	"context"

	"example.com/shop/core/database"
	"example.com/shop/core/events"
	"example.com/shop/core/jobs"
	"example.com/shop/core/observe"
	"example.com/shop/core/realtime"
	"example.com/shop/features/catalog"
)

type Order struct{ ID string }

type OrderSent struct{ ID string }

var (
	OrderChannel   = realtime.DefineChannel[Order]("orders.order")
	ShopChannel    = realtime.DefineKeyedChannel[Order]("orders.shop.{shopId}")
	OrderSentEvent = events.Define[OrderSent]("orders.order.sent")
	SendOrderJob   = jobs.Define[OrderSent]("orders.send_order")
)

// Archive has one implementation in this package.
type Archive interface {
	Keep(ctx context.Context, id string) error
}

type SaveOrder func(ctx context.Context, order Order) error

func NewSaveOrder(db *database.DB) SaveOrder {
	return observe.Command("orders.save_order", func(ctx context.Context, order Order) error {
		return db.InTx(ctx, func(context.Context) error { return nil })
	})
}

// ConfirmOrder only calls another use case.
type ConfirmOrder func(ctx context.Context, order Order) error

func NewConfirmOrder(save SaveOrder) ConfirmOrder {
	return observe.Command("orders.confirm_order", func(ctx context.Context, order Order) error {
		return save(ctx, order)
	})
}

type Feature struct {
	orders  *Orders
	archive Archive
	save    SaveOrder
	confirm ConfirmOrder
	book    catalog.SaveBook
	books   catalog.ReadBook
	db      *database.DB
	outbox  events.Outbox
	queue   jobs.Queue
}

func (f *Feature) channels() realtime.Channels {
	return realtime.Channels{
		OrderChannel.Handle(f.onTransaction),      // want `must not write, but this one does \(onTransaction → InTx opens a transaction\): make it an HTTP route`
		OrderChannel.Handle(f.onUseCase),          // want `onUseCase → SaveOrder → NewSaveOrder → InTx opens a transaction`
		OrderChannel.Handle(f.onUseCaseOfUseCase), // want `onUseCaseOfUseCase → ConfirmOrder → .* opens a transaction`
		OrderChannel.Handle(f.onForeignUseCase),   // want `onForeignUseCase → SaveBook → .* opens a transaction`
		OrderChannel.Handle(f.onStore),            // want `onStore → Save → Exec writes to the database`
		OrderChannel.Handle(f.onInterface),        // want `onInterface → Keep → Exec writes to the database`
		OrderChannel.Handle(f.onStatement),        // want `onStatement → Exec writes to the database`
		OrderChannel.Handle(f.onReturning),        // want `onReturning → QueryRow writes to the database`
		OrderChannel.Handle(f.onEvent),            // want `onEvent → Publish publishes an event`
		OrderChannel.Handle(f.onJob),              // want `onJob → Enqueue enqueues a job`
		OrderChannel.Handle(f.onNested),           // want `onNested → first → second → InTx opens a transaction`
		OrderChannel.Handle(checked(f.onUseCase)), // want `onUseCase → SaveOrder`
		OrderChannel.Handle(func(ctx context.Context, order Order, _ realtime.Caller) error { // want `SaveOrder → NewSaveOrder → InTx opens a transaction`
			return f.save(ctx, order)
		}),
		OrderChannel.Handle(f.onReading),
		ShopChannel.Authorize(f.mayRead).Handle(f.onStatement), // want `mayRead → Exec writes to the database` `onStatement → Exec writes to the database`
	}
}

func checked(h func(context.Context, Order, realtime.Caller) error) func(context.Context, Order, realtime.Caller) error {
	return h
}

func (f *Feature) onTransaction(ctx context.Context, order Order, _ realtime.Caller) error {
	return f.db.InTx(ctx, func(context.Context) error { return nil })
}

func (f *Feature) onUseCase(ctx context.Context, order Order, _ realtime.Caller) error {
	return f.save(ctx, order)
}

func (f *Feature) onUseCaseOfUseCase(ctx context.Context, order Order, _ realtime.Caller) error {
	return f.confirm(ctx, order)
}

func (f *Feature) onForeignUseCase(ctx context.Context, order Order, _ realtime.Caller) error {
	return f.book(ctx, order.ID)
}

func (f *Feature) onStore(ctx context.Context, order Order, _ realtime.Caller) error {
	return f.orders.Save(ctx, order)
}

func (f *Feature) onInterface(ctx context.Context, order Order, _ realtime.Caller) error {
	return f.archive.Keep(ctx, order.ID)
}

func (f *Feature) onStatement(ctx context.Context, order Order, _ realtime.Caller) error {
	_, err := f.db.Exec(ctx, `delete from orders_orders where id = $1`, order.ID)
	return err
}

func (f *Feature) onReturning(ctx context.Context, order Order, _ realtime.Caller) error {
	return f.db.QueryRow(ctx, `update orders_orders set seen = true where id = $1 returning id`, order.ID).Scan()
}

func (f *Feature) onEvent(ctx context.Context, order Order, _ realtime.Caller) error {
	return OrderSentEvent.Publish(ctx, f.outbox, OrderSent{ID: order.ID})
}

func (f *Feature) onJob(ctx context.Context, order Order, _ realtime.Caller) error {
	return SendOrderJob.Enqueue(ctx, f.queue, OrderSent{ID: order.ID})
}

func (f *Feature) onNested(ctx context.Context, order Order, _ realtime.Caller) error {
	return f.first(ctx)
}

func (f *Feature) first(ctx context.Context) error { return f.second(ctx) }

func (f *Feature) second(ctx context.Context) error {
	return f.db.InTx(ctx, func(context.Context) error { return nil })
}

func (f *Feature) onReading(ctx context.Context, order Order, _ realtime.Caller) error {
	if _, err := f.books(ctx, order.ID); err != nil {
		return err
	}
	_, err := f.orders.Find(ctx, order.ID)
	return err
}

func (f *Feature) mayRead(ctx context.Context, _ realtime.Caller) error {
	_, err := f.db.Exec(ctx, `insert into orders_visits values (1)`)
	return err
}

// Orders is a store.
type Orders struct{ db *database.DB }

func (o *Orders) Save(ctx context.Context, order Order) error {
	_, err := o.db.Exec(ctx, `insert into orders_orders (id) values ($1)`, order.ID)
	return err
}

func (o *Orders) Find(ctx context.Context, id string) (Order, error) {
	return Order{}, o.db.QueryRow(ctx, `select id from orders_orders where id = $1`, id).Scan()
}

type tableArchive struct{ db *database.DB }

func (a *tableArchive) Keep(ctx context.Context, id string) error {
	_, err := a.db.Exec(ctx, `insert into orders_archive (id) values ($1)`, id)
	return err
}
