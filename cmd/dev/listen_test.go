package main

import (
	"net"
	"strings"
	"testing"
)

func TestListen_rejectsAPortInUseOnEitherAddressOfLocalhost(t *testing.T) {
	t.Parallel()
	for _, host := range []string{"127.0.0.1", "::1"} {
		t.Run(host, func(t *testing.T) {
			t.Parallel()
			other, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
			if err != nil {
				t.Skipf("this machine does not have %s: %v", host, err)
			}
			defer other.Close()
			_, port, err := net.SplitHostPort(other.Addr().String())
			if err != nil {
				t.Fatal(err)
			}

			listeners, err := listen(settings{port: port})

			for _, listener := range listeners {
				_ = listener.Close()
			}
			if err == nil || !strings.Contains(err.Error(), "port "+port+" is in use") {
				t.Errorf("listen = %v, want an error that names the port: a browser might reach the other application", err)
			}
		})
	}
}

func TestReadSettings_rejectsInvalidPorts(t *testing.T) {
	t.Parallel()
	for _, port := range []string{"0", "65536", "http", "-1"} {
		_, err := readSettings(func(name string) string {
			if name == "PORT" {
				return port
			}
			return ""
		}, false)

		if err == nil || !strings.Contains(err.Error(), `PORT="`+port+`"`) {
			t.Errorf("PORT=%s: error = %v, want one that names it", port, err)
		}
	}
}
