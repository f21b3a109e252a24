package main

import (
	"fmt"
	"hash/fnv"
	"net"
	"os"
	"path/filepath"
	"strconv"
)

// settings are the options of the command.
type settings struct {
	root        string // of the checkout
	host        string // "" for this machine only
	port        string
	throwaway   bool   // use a database that is dropped at the end
	databaseURL string // "" to start a server
	baseURL     string
}

func readSettings(getenv func(string) string, throwaway bool) (settings, error) {
	root, err := findRoot()
	if err != nil {
		return settings{}, err
	}
	s := settings{
		root:        root,
		host:        getenv("HOST"),
		port:        getenv("PORT"),
		throwaway:   throwaway,
		databaseURL: getenv("DATABASE_URL"),
		baseURL:     getenv("BASE_URL"),
	}
	if s.port == "" {
		s.port = "8080"
	}
	if n, err := strconv.ParseUint(s.port, 10, 16); err != nil || n == 0 {
		return settings{}, fmt.Errorf("PORT=%q: must be a number from 1 to 65535", s.port)
	}
	if s.host == "localhost" {
		s.host = ""
	}
	if s.baseURL == "" {
		s.baseURL = s.url()
	}
	return s, nil
}

// url returns the address to open in a browser.
func (s settings) url() string {
	host := s.host
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, s.port)
}

// sessionCookie returns the name of the application's cookie. Browsers send a
// cookie to all ports of a host, so each checkout has its own.
func (s settings) sessionCookie() string { return "pergola_session_" + s.key() }

// key distinguishes the checkout from others.
func (s settings) key() string {
	key := fnv.New32a()
	_, _ = key.Write([]byte(s.root))
	return fmt.Sprintf("%08x", key.Sum32())
}

// data returns a path below .data, which holds the development database and
// everything that can be regenerated.
func (s settings) data(elements ...string) string {
	return filepath.Join(append([]string{s.root, ".data"}, elements...)...)
}

func (s settings) web(elements ...string) string {
	return filepath.Join(append([]string{s.root, "web"}, elements...)...)
}

func findRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "cmd", "web")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("run this inside a checkout: neither this folder nor a parent contains cmd/web")
		}
		dir = filepath.Dir(dir)
	}
}
