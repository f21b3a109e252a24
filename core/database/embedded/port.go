package embedded

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

func portFile(dir string) string { return filepath.Join(dir, "port") }

// choosePort returns the port of the last start if it is free, and any free one
// otherwise.
func choosePort(dir string) (int, error) {
	if text, err := os.ReadFile(portFile(dir)); err == nil {
		if port, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil && port > 0 {
			if port, err = freePort(port); err == nil {
				return port, nil
			}
		}
	}
	return freePort(0)
}

// freePort returns the port if it is free; 0 means any.
func freePort(port int) (int, error) {
	listener, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

func rememberPort(dir string, port int) error {
	return writeAtomically(portFile(dir), strconv.Itoa(port))
}
