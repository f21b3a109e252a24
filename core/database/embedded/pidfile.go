package embedded

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// pidFile is what a server records about itself in its data directory.
type pidFile struct {
	pid   int
	port  int
	ready bool // it accepts connections
}

func pidFilePath(data string) string { return filepath.Join(data, "postmaster.pid") }

var errNoPID = errors.New("postmaster.pid contains no pid")

// readPIDFile reads postmaster.pid: the pid in line 1, the port in line 4, the
// state in line 8. A server that is starting may not have written all of them.
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
	port, _ := strconv.Atoi(line(3)) // 0 until it is written
	return pidFile{pid: pid, port: port, ready: line(7) == "ready"}, nil
}
