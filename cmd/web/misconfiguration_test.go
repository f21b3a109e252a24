package main

import (
	"crypto/x509"
	"os"
	"os/exec"
	"strings"
	"testing"

	"example.com/pergola/core/database/databasetest"
)

func TestServe_namesTheCommandIfMigrationsAreMissing(t *testing.T) {
	t.Parallel()
	env := map[string]string{
		"DATABASE_URL": databasetest.URL(t, databasetest.Empty(t)), "BASE_URL": "https://pergola.test", "SMTP_URL": "off",
		"ADDR": "127.0.0.1:0",
	}
	p := startProcess(t, env)

	for message := ""; !strings.Contains(message, "migrations have not run"); {
		line, ok := <-p.lines
		if !ok {
			t.Fatal("the process ended without a word about migrations")
		}
		if message = line["msg"]; strings.Contains(message, "migrations have not run") && (!strings.Contains(message, "web migrate") || !strings.Contains(message, "MIGRATE=auto")) {
			t.Errorf("the log says %q, want the command and the setting", message)
		}
	}
	p.waitFor("serving")
}

// An empty container image has no certificates, so every TLS connection to a mail
// server or a database would fail.
func TestMain_hasCertificatesWhereTheSystemHasNone(t *testing.T) {
	t.Parallel()
	const inside = "PERGOLA_TEST_CERTIFICATES"
	if os.Getenv(inside) != "" {
		pool, err := x509.SystemCertPool()
		if err != nil || pool.Equal(x509.NewCertPool()) {
			t.Errorf("there are no certificates, error %v", err)
		}
		return
	}
	child := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	child.Env = []string{inside + "=1", "SSL_CERT_FILE=/nonexistent", "SSL_CERT_DIR=/nonexistent"}

	output, err := child.CombinedOutput()

	if err != nil || !strings.Contains(string(output), "--- PASS: "+t.Name()) {
		t.Errorf("without the system's certificates: %v\n%s", err, output)
	}
}
