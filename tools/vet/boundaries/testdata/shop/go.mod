module example.com/shop

go 1.26

require (
	github.com/a-h/templ v0.0.0
	github.com/alexedwards/scs/v2 v2.0.0
	github.com/go-chi/chi/v5 v5.0.0
	github.com/google/wire v0.0.0
	github.com/riverqueue/river v0.0.0
	github.com/zishang520/socket.io/v3 v3.0.0
)

replace (
	github.com/a-h/templ => ./libraries/templ
	github.com/alexedwards/scs/v2 => ./libraries/scs
	github.com/go-chi/chi/v5 => ./libraries/chi
	github.com/google/wire => ./libraries/wire
	github.com/riverqueue/river => ./libraries/river
	github.com/zishang520/socket.io/v3 => ./libraries/socketio
)
