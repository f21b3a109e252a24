package main

import (
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
)

const oldestNode = 20

// checkTools checks for the required programs, so that the first missing one is
// reported in one line.
func checkTools() error {
	if _, err := exec.LookPath("go"); err != nil {
		return errors.New("go is missing: install it from https://go.dev/dl/")
	}
	if _, err := exec.LookPath("node"); err != nil {
		return fmt.Errorf("node is missing: install Node.js %d or newer (https://nodejs.org, or apt-get install nodejs npm)", oldestNode)
	}
	version, err := exec.Command("node", "--version").Output()
	if err != nil {
		return fmt.Errorf("get the version of Node: %w", err)
	}
	number := strings.TrimPrefix(strings.TrimSpace(string(version)), "v")
	major, _, _ := strings.Cut(number, ".")
	if n, err := strconv.Atoi(major); err == nil && n < oldestNode {
		return fmt.Errorf("node %d or newer is required, found %s: install it from https://nodejs.org", oldestNode, number)
	}
	if _, err := exec.LookPath("npm"); err != nil {
		return errors.New("npm is missing: it comes with Node (https://nodejs.org), or apt-get install npm")
	}
	return nil
}
