package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"example.com/pergola/cmd/dev/internal/process"
)

// installPackages brings web/node_modules up to date with the lock file. The
// Taskfile checks the same copy of the lock file.
func installPackages(ctx context.Context, s settings, children *process.Family, t *terminal) error {
	lock, err := os.ReadFile(s.web("package-lock.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the lock file of the npm packages: %w", err)
	}
	stamp := s.web("node_modules", ".installed-lock.json")
	if installed, err := os.ReadFile(stamp); err == nil && bytes.Equal(installed, lock) {
		return nil
	}

	done := t.step("installing npm packages")
	var output bytes.Buffer
	npm := exec.Command("npm", "ci", "--no-audit", "--no-fund", "--loglevel=error")
	npm.Dir = s.web()
	npm.Stdout, npm.Stderr = &output, &output
	if err := children.Run(ctx.Done(), npm); err != nil {
		done("")
		return fmt.Errorf("npm ci in web: %w\n%s", err, bytes.TrimSpace(output.Bytes()))
	}
	if err := os.MkdirAll(filepath.Dir(stamp), 0o755); err != nil {
		return fmt.Errorf("record which npm packages are installed: %w", err)
	}
	if err := os.WriteFile(stamp, lock, 0o644); err != nil {
		return fmt.Errorf("record which npm packages are installed: %w", err)
	}
	done("npm packages installed")
	return nil
}
