// Package orders stores what browsers send on channels, in every way there is.
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
	OrderSentEvent = events.Define[OrderSent]("orders.order.sent")
	SendOrderJob   = jobs.Define[OrderSent]("orders.send_order")
)

type Orders interface {
	Save(ctx context.Context, order Order) error
	Touch(ctx context.Context, id string) error
	Find(ctx context.Context, id string) (Order, error)
}

type SaveOrder func(ctx context.Context, order Order) error

func NewSaveOrder(tx database.Transactor) SaveOrder {
	return observe.Command("orders.save_order", func(ctx context.Context, order Order) error {
		return tx.InTx(ctx, func(context.Context) error { return nil })
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
	orders  Orders
	save    SaveOrder
	confirm ConfirmOrder
	book    catalog.SaveBook
	books   catalog.ReadBook
	tx      database.Transactor
	db      *database.DB
	outbox  events.Outbox
	queue   jobs.Queue
}

func (f *Feature) handlers() realtime.Handlers {
	return realtime.Handlers{
		realtime.Handle(OrderChannel, f.onTransaction),      // want `must store nothing, but this handler does \(onTransaction → InTx opens a transaction\): make it an HTTP route`
		realtime.Handle(OrderChannel, f.onUseCase),          // want `onUseCase → SaveOrder → NewSaveOrder → InTx opens a transaction`
		realtime.Handle(OrderChannel, f.onUseCaseOfUseCase), // want `onUseCaseOfUseCase → ConfirmOrder → .* opens a transaction`
		realtime.Handle(OrderChannel, f.onForeignUseCase),   // want `onForeignUseCase → SaveBook → .* opens a transaction`
		realtime.Handle(OrderChannel, f.onRepository),       // want `onRepository → Save → Exec writes to the storage`
		realtime.Handle(OrderChannel, f.onMemoryOnly),       // want `onMemoryOnly → Touch → OnRollback writes to the storage`
		realtime.Handle(OrderChannel, f.onStatement),        // want `onStatement → Exec writes to the storage`
		realtime.Handle(OrderChannel, f.onReturning),        // want `onReturning → QueryRow writes to the storage`
		realtime.Handle(OrderChannel, f.onEvent),            // want `onEvent → Publish publishes an event, which is stored`
		realtime.Handle(OrderChannel, f.onJob),              // want `onJob → Enqueue enqueues a job, which is stored`
		realtime.Handle(OrderChannel, f.onHelper),           // want `onHelper → first → second → InTx opens a transaction`
		realtime.Handle(OrderChannel, checked(f.onUseCase)), // want `onUseCase → SaveOrder`
		realtime.Handle(OrderChannel, func(ctx context.Context, order Order, _ realtime.Caller) error { // want `SaveOrder → NewSaveOrder → InTx opens a transaction`
			return f.save(ctx, order)
		}),
		realtime.Handle(OrderChannel, f.onReading),
	}
}

func (f *Feature) authorizers() realtime.Authorizers {
	return realtime.Authorizers{realtime.Authorize(OrderChannel, f.mayHear)} // want `mayHear → Exec writes to the storage`
}

func checked(h func(context.Context, Order, realtime.Caller) error) func(context.Context, Order, realtime.Caller) error {
	return h
}

func (f *Feature) onTransaction(ctx context.Context, order Order, _ realtime.Caller) error {
	return f.tx.InTx(ctx, func(context.Context) error { return nil })
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

func (f *Feature) onRepository(ctx context.Context, order Order, _ realtime.Caller) error {
	return f.orders.Save(ctx, order)
}

func (f *Feature) onMemoryOnly(ctx context.Context, order Order, _ realtime.Caller) error {
	return f.orders.Touch(ctx, order.ID)
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

func (f *Feature) onHelper(ctx context.Context, order Order, _ realtime.Caller) error {
	return f.first(ctx)
}

func (f *Feature) first(ctx context.Context) error { return f.second(ctx) }

func (f *Feature) second(ctx context.Context) error {
	return f.tx.InTx(ctx, func(context.Context) error { return nil })
}

func (f *Feature) onReading(ctx context.Context, order Order, _ realtime.Caller) error {
	if _, err := f.books(ctx, order.ID); err != nil {
		return err
	}
	_, err := f.orders.Find(ctx, order.ID)
	return err
}

func (f *Feature) mayHear(ctx context.Context, _ realtime.Caller) error {
	_, err := f.db.Exec(ctx, `insert into orders_visits values (1)`)
	return err
}

type postgresOrders struct{ db *database.DB }

func (p *postgresOrders) Save(ctx context.Context, order Order) error {
	_, err := p.db.Exec(ctx, `insert into orders_orders (id) values ($1)`, order.ID)
	return err
}

func (p *postgresOrders) Touch(ctx context.Context, id string) error { return nil }

func (p *postgresOrders) Find(ctx context.Context, id string) (Order, error) {
	return Order{}, p.db.QueryRow(ctx, `select id from orders_orders where id = $1`, id).Scan()
}

type memoryOrders struct{ mem *database.Memory }

func (m *memoryOrders) Save(ctx context.Context, order Order) error { return nil }

func (m *memoryOrders) Touch(ctx context.Context, id string) error {
	defer m.mem.Lock(ctx)()
	m.mem.OnRollback(ctx, func() {})
	return nil
}

func (m *memoryOrders) Find(ctx context.Context, id string) (Order, error) {
	defer m.mem.Lock(ctx)()
	return Order{}, nil
}
