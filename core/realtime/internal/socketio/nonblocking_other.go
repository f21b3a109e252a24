//go:build !unix

package socketio

import (
	"errors"
	"net"
	"syscall"
)

// Elsewhere every connection is written to by a goroutine of its own while
// there is something to write, and waits for input with a buffer.

func descriptorOf(net.Conn) syscall.RawConn { return nil }

func readNow(uintptr, []byte) (int, bool, error) { return 0, false, errors.ErrUnsupported }

func writeNow(uintptr, []byte) (int, error) { return 0, errors.ErrUnsupported }
