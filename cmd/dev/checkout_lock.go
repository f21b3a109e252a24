package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// presence is what the lock file says of the supervisor that holds it.
type presence struct {
	PID int    `json:"pid"`
	URL string `json:"url"`
}

// lockCheckout makes sure that there is one supervisor in a checkout: two would
// build into the same files and stop each other's database. The lock ends with
// the process.
func lockCheckout(s settings) (*os.File, error) {
	file, err := openLock(s)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		defer file.Close()
		other := readPresence(file)
		return nil, fmt.Errorf("./task dev runs already in this checkout, on %s (process %d): stop it first; another checkout can run beside it: PORT=%s ./task dev",
			other.URL, other.PID, another(s.port))
	}
	if err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("lock this checkout: %w", err)
	}
	content, err := json.Marshal(presence{PID: os.Getpid(), URL: s.url()})
	if err == nil {
		err = file.Truncate(0)
	}
	if err == nil {
		_, err = file.WriteAt(content, 0)
	}
	if err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("lock this checkout: %w", err)
	}
	return file, nil
}

// runningSupervisor tells who supervises this checkout at the moment, if anybody.
func runningSupervisor(s settings) (presence, bool) {
	file, err := openLock(s)
	if err != nil {
		return presence{}, false
	}
	defer file.Close()
	if syscall.Flock(int(file.Fd()), syscall.LOCK_SH|syscall.LOCK_NB) == nil {
		return presence{}, false
	}
	return readPresence(file), true
}

func openLock(s settings) (*os.File, error) {
	path := s.data("dev", "lock")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("make the folder for what is built: %w", err)
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("lock this checkout: %w", err)
	}
	return file, nil
}

// A supervisor that has just begun may not have written it yet.
func readPresence(file *os.File) presence {
	var other presence
	content, err := io.ReadAll(io.NewSectionReader(file, 0, 1<<16))
	if err == nil {
		_ = json.Unmarshal(content, &other)
	}
	return other
}
