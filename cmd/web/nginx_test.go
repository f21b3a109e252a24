package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// TestNginx_losesNoRequestsDuringRestarts runs the guide's configuration in front of two
// processes, and restarts them in turn.
func TestNginx_losesNoRequestsDuringRestarts(t *testing.T) {
	t.Parallel()
	first, second, front := freeAddress(t), freeAddress(t), freeAddress(t)
	startNginx(t, map[string]string{"127.0.0.1:8081": first, "127.0.0.1:8082": second, "listen 80": "listen " + front})
	env := map[string]string{
		"DATABASE_URL": newDatabase(t), "BASE_URL": processOrigin, "SMTP_URL": "off", "CLIENT_IP_HEADER": "X-Forwarded-For",
	}
	start := func(address string) *process {
		own := map[string]string{"ADDR": address}
		for name, value := range env {
			own[name] = value
		}
		p := startProcess(t, own)
		p.waitFor("serving")
		return p
	}
	addresses := []string{first, second}
	processes := []*process{start(first), start(second)}

	var sent, failed atomic.Int64
	ended := make(chan struct{})
	var clients sync.WaitGroup
	for range 4 {
		clients.Go(func() {
			for !isClosed(ended) {
				sent.Add(1)
				response, err := http.Get("http://" + front + "/")
				if err == nil {
					_ = response.Body.Close()
				}
				if err != nil || response.StatusCode != http.StatusOK {
					failed.Add(1)
				}
			}
		})
	}
	for n := range 4 {
		processes[n%2].stop()
		processes[n%2] = start(addresses[n%2])
	}
	close(ended)
	clients.Wait()

	if n := failed.Load(); n > 0 {
		t.Errorf("%d of %d requests failed while two processes were restarted in turn", n, sent.Load())
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// startNginx runs nginx with the guide's configuration, in which it replaces texts.
func startNginx(t *testing.T, replace map[string]string) {
	t.Helper()
	nginx, err := exec.LookPath("nginx")
	if err != nil {
		t.Skip("nginx is not installed (apt-get install nginx-light)")
	}
	guide, err := os.ReadFile("../../docs/guides/deployment.md")
	if err != nil {
		t.Fatal(err)
	}
	example := regexp.MustCompile("(?s)```nginx\n(.*?)```").FindSubmatch(guide)
	if example == nil {
		t.Fatal("the guide has no nginx example")
	}
	site := string(example[1])
	for text, by := range replace {
		if !strings.Contains(site, text) {
			t.Fatalf("the guide's example lacks %q", text)
		}
		site = strings.ReplaceAll(site, text, by)
	}
	folder := t.TempDir()
	config := fmt.Sprintf("daemon off;\npid %[1]s/pid;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\nclient_body_temp_path %[1]s/b;\nproxy_temp_path %[1]s/p;\n"+
		"fastcgi_temp_path %[1]s/f;\nuwsgi_temp_path %[1]s/u;\nscgi_temp_path %[1]s/s;\n%[2]s}\n", folder, site)
	file := filepath.Join(folder, "nginx.conf")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(nginx, "-c", file, "-p", folder, "-g", "master_process off;")
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Signal(syscall.SIGTERM)
		_ = command.Wait()
	})
	address := replace["listen 80"][len("listen "):]
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			_ = conn.Close()
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("nginx does not listen: %v", err)
		}
	}
}
