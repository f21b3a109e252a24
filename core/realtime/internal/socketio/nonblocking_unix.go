//go:build unix

package socketio

import (
	"net"
	"syscall"
)

// descriptorOf returns access to a connection's file descriptor, or nil if it has none,
// such as a TLS connection. With a descriptor, one goroutine can write to many
// connections, and idle connections need no read buffer.
func descriptorOf(conn net.Conn) syscall.RawConn {
	if with, ok := conn.(syscall.Conn); ok {
		if raw, err := with.SyscallConn(); err == nil {
			return raw
		}
	}
	return nil
}

// readNow reads what has arrived. again is true if nothing has.
func readNow(fd uintptr, p []byte) (n int, again bool, err error) {
	for {
		n, err = syscall.Read(int(fd), p)
		switch err {
		case nil:
			return n, false, nil
		case syscall.EINTR:
		case syscall.EAGAIN:
			return 0, true, nil
		default:
			return 0, false, err
		}
	}
}

// writeNow writes as much as possible without blocking.
func writeNow(fd uintptr, p []byte) (n int, err error) {
	for {
		n, err = syscall.Write(int(fd), p)
		switch err {
		case nil:
			return n, nil
		case syscall.EINTR:
		case syscall.EAGAIN:
			return 0, nil
		default:
			return 0, err
		}
	}
}
