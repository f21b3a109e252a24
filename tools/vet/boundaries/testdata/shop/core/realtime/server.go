package realtime

import socketio "github.com/zishang520/socket.io/v3" // want `Socket.IO is imported outside of its place`

type server struct{ inner socketio.Server }
