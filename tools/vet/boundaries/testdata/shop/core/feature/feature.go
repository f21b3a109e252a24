package feature

import (
	"context"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"
)

type Manifest struct {
	Name   string
	Paths  []string
	Routes func(chi.Router)
	Parts  []Part
}

type Part any

type Slot[T any] struct{}

func DefineSlot[T any](name string) Slot[T] { return Slot[T]{} }

type SlotFill struct{}

func Fill[T any](slot Slot[T], section func(context.Context, T) (templ.Component, error)) SlotFill {
	return SlotFill{}
}
