package main

import (
	"fmt"
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

func TestListen_namesTheVariableOfAnAddressThatIsNotOfThisMachine(t *testing.T) {
	t.Parallel()
	for name, host := range map[string]string{
		"conda's compiler triplet":   "x86_64-conda-linux-gnu",
		"another machine's address":  "192.0.2.1",
		"another machine's in IPv6":  "2001:db8::1",
		"a URL":                      "http://localhost",
		"an address with a port":     "127.0.0.1:8080",
		"an address in brackets":     "[::1]",
		"a name that does not exist": "nowhere.invalid",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			listeners, err := listen(settings{host: host, port: unusedPort(t)})

			for _, listener := range listeners {
				_ = listener.Close()
			}
			if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("HOST=%q: must be localhost", host)) || strings.Contains(err.Error(), "\n") {
				t.Errorf("listen = %v, want one line that names the variable and what it may be", err)
			}
		})
	}
}

func TestSettings_theURLLeadsToWhereItListens(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]string{
		"":          "http://localhost:8080",
		"0.0.0.0":   "http://localhost:8080",
		"::":        "http://localhost:8080",
		"127.0.0.2": "http://127.0.0.2:8080",
		"::1":       "http://[::1]:8080",
		"mymachine": "http://mymachine:8080",
	} {
		if got := (settings{host: host, port: "8080"}).url(); got != want {
			t.Errorf("HOST=%q: url = %q, want %q", host, got, want)
		}
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
