package chi

import "net/http"

type Router interface {
	Get(pattern string, handler http.HandlerFunc)
	Post(pattern string, handler http.HandlerFunc)
	Handle(pattern string, handler http.Handler)
	Route(pattern string, fn func(Router)) Router
	Group(fn func(Router)) Router
}
