package socketio

type Server struct{}
