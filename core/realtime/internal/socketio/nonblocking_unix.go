//go:build unix

package socketio

import (
	"net"
	"syscall"
)

// descriptorOf is the way to a connection's descriptor, by which one goroutine
// can write to many connections, and a connection that is silent needs no
// buffer; nil for one that has none, such as TLS.
func descriptorOf(conn net.Conn) syscall.RawConn {
	if with, ok := conn.(syscall.Conn); ok {
		if raw, err := with.SyscallConn(); err == nil {
			return raw
		}
	}
	return nil
}

// readNow reads what is there; again is true if nothing is.
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

// writeNow writes as much as the system takes at once.
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
