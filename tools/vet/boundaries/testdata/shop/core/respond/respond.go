package respond

import "net/http"

type Responder struct{}

func (*Responder) Handle(h func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return nil
}

func (*Responder) Error(w http.ResponseWriter, r *http.Request, err error) {}
