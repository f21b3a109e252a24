//go:build !unix

package socketio

import (
	"errors"
	"net"
	"syscall"
)

// On other systems, a separate goroutine writes to each connection while it has pending
// frames, and each connection holds a read buffer.

func descriptorOf(net.Conn) syscall.RawConn { return nil }

func readNow(uintptr, []byte) (int, bool, error) { return 0, false, errors.ErrUnsupported }

func writeNow(uintptr, []byte) (int, error) { return 0, errors.ErrUnsupported }
