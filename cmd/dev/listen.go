package main

import (
	"errors"
	"fmt"
	"net"
	"syscall"
)

// listen listens on the port. "localhost" has two addresses, and if another
// program had one of them, half of the browsers would reach that instead.
func listen(s settings) ([]net.Listener, error) {
	hosts := []string{s.host}
	if s.host == "" {
		hosts = []string{"127.0.0.1", "::1"}
	}
	var listeners []net.Listener
	for _, host := range hosts {
		listener, err := net.Listen("tcp", net.JoinHostPort(host, s.port))
		switch {
		case err == nil:
			listeners = append(listeners, listener)
		case host == "::1" && !errors.Is(err, syscall.EADDRINUSE):
			// The machine has no IPv6.
		default:
			for _, taken := range listeners {
				_ = taken.Close()
			}
			return nil, explainListen(s, err)
		}
	}
	return listeners, nil
}

func explainListen(s settings, err error) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("port %s is in use: stop what uses it, or choose another port: PORT=%s ./task dev", s.port, another(s.port))
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("port %s requires root: choose another port: PORT=8080 ./task dev", s.port)
	case s.host != "":
		// Some shells and package managers set it, to something else.
		return fmt.Errorf("HOST=%q: must be localhost or an address of this machine, such as 127.0.0.1, or 0.0.0.0 for all: HOST=localhost ./task dev", s.host)
	default:
		return fmt.Errorf("listen on port %s: %w", s.port, err)
	}
}

func another(port string) string {
	var n int
	if _, err := fmt.Sscan(port, &n); err != nil || n >= 65535 {
		return "8081"
	}
	return fmt.Sprint(n + 1)
}

// freePort returns a port for the application, which only the proxy uses.
func freePort() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}
