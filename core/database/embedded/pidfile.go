package embedded

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// pidFile is what a server writes of itself into its data directory.
type pidFile struct {
	pid   int
	port  int
	ready bool // it takes connections
}

func pidFilePath(data string) string { return filepath.Join(data, "postmaster.pid") }

var errNoPID = errors.New("postmaster.pid holds no pid")

// readPIDFile reads postmaster.pid: the pid in line 1, the port in line 4, the
// state in line 8. A server that is just starting has not written all yet.
func readPIDFile(data string) (pidFile, error) {
	text, err := os.ReadFile(pidFilePath(data))
	if err != nil {
		return pidFile{}, err
	}
	lines := strings.Split(string(text), "\n")
	line := func(i int) string {
		if i >= len(lines) {
			return ""
		}
		return strings.TrimSpace(lines[i])
	}
	pid, err := strconv.Atoi(line(0))
	if err != nil {
		return pidFile{}, errNoPID
	}
	port, _ := strconv.Atoi(line(3)) // 0 while it is not written
	return pidFile{pid: pid, port: port, ready: line(7) == "ready"}, nil
}
