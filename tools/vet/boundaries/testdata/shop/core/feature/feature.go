package feature

import "github.com/go-chi/chi/v5"

type Manifest struct {
	Name   string
	Paths  []string
	Routes func(chi.Router)
	Parts  []Part
}

type Part any
