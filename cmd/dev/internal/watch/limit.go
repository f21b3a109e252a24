package watch

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
)

// LimitError is the error of a system that lets this user watch no more folders.
type LimitError struct {
	Setting string // such as fs.inotify.max_user_watches
	Now     string // its value, if known
	Enough  int
}

func (e *LimitError) Error() string {
	now := ""
	if e.Now != "" {
		now = ", now " + e.Now
	}
	return fmt.Sprintf("this user cannot watch more folders (%s%s): close other programs that watch files, or raise the limit with sudo sysctl %s=%d", e.Setting, now, e.Setting, e.Enough)
}

// explain names the limit that is the cause of an error of inotify, which reports
// a full disk or too many open files.
func explain(err error) error {
	var limit LimitError
	switch {
	case errors.Is(err, syscall.ENOSPC):
		limit = LimitError{Setting: "fs.inotify.max_user_watches", Enough: 524288}
	case errors.Is(err, syscall.EMFILE):
		limit = LimitError{Setting: "fs.inotify.max_user_instances", Enough: 1024}
	default:
		return err
	}
	if now, err := os.ReadFile("/proc/sys/" + strings.ReplaceAll(limit.Setting, ".", "/")); err == nil {
		limit.Now = strings.TrimSpace(string(now))
	}
	return &limit
}
