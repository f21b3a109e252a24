// Web is the smallest application that the supervisor can run.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	routes := http.NewServeMux()
	routes.HandleFunc("GET /{$}", front)
	routes.HandleFunc("GET /readyz", func(http.ResponseWriter, *http.Request) {})
	routes.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	routes.HandleFunc("GET /pid", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, os.Getpid()) })
	routes.HandleFunc("GET /database", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, os.Getenv("DATABASE_URL")) })
	routes.HandleFunc("GET /cookie", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, os.Getenv("SESSION_COOKIE")) })
	routes.HandleFunc("POST /crash", func(http.ResponseWriter, *http.Request) {
		fmt.Fprintln(os.Stderr, "the application gives up")
		os.Exit(3)
	})
	routes.Handle("GET /assets/", http.StripPrefix("/assets/", http.FileServer(http.Dir(os.Getenv("ASSETS_DIR")))))

	server := &http.Server{Addr: os.Getenv("ADDR"), Handler: routes}
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		<-ctx.Done()
		draining, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = server.Shutdown(draining)
	}()
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	<-drained
}

func front(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Security-Policy", "default-src 'self'")
	if err := page(greeting(), asset("app.css"), asset("app.js")).Render(r.Context(), w); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

func asset(name string) string {
	manifest := map[string]string{}
	content, err := os.ReadFile(filepath.Join(os.Getenv("ASSETS_DIR"), "manifest.json"))
	if err == nil {
		err = json.Unmarshal(content, &manifest)
	}
	if err != nil {
		return ""
	}
	return "/assets/" + manifest[name]
}
