package realtime

import socketio "github.com/zishang520/socket.io/v3" // want `Socket.IO must not be imported here`

type server struct{ inner socketio.Server }
