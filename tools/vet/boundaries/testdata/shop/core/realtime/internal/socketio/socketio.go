package socketio

import socketio "github.com/zishang520/socket.io/v3"

type Server struct{ server socketio.Server }
