package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"example.com/pergola/cmd/dev/internal/process"
)

// npmInstall installs exactly the packages of the lock file. The flags override
// what a user's configuration, NODE_ENV and npm_config_… variables change about
// that; from where and how packages are downloaded stays the user's choice.
var npmInstall = []string{"ci",
	"--include=dev", "--include=optional", "--include=peer",
	"--global=false", "--location=project", "--dry-run=false", "--package-lock=true", "--package-lock-only=false", "--install-strategy=hoisted",
	"--no-audit", "--no-fund", "--loglevel=error",
}

// packages are the npm packages of a folder. The Taskfile installs them with
// `dev install`.
type packages struct {
	folder   string
	children *process.Family
}

// stamp is the file that records what is installed: a line with the platform, and
// the lock file. It is in node_modules, so it disappears with the packages.
func (p packages) stamp() string { return filepath.Join(p.folder, "node_modules", ".installed") }

// install brings node_modules up to date with the lock file, for this platform.
// began is called if there is something to do.
func (p packages) install(ctx context.Context, began func()) error {
	lock, err := os.ReadFile(filepath.Join(p.folder, "package-lock.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the lock file of the npm packages: %w", err)
	}
	platform, err := p.run(ctx, "node", "-p", "process.platform + ' ' + process.arch")
	if err != nil {
		return fmt.Errorf("get the platform of Node: %w", err)
	}
	wanted := append(append(platform, libc()+"\n"...), lock...)
	if found, err := os.ReadFile(p.stamp()); err == nil && bytes.Equal(found, wanted) {
		return nil
	}
	began()
	if _, err := p.run(ctx, "npm", npmInstall...); err != nil {
		return err
	}
	missing, err := p.missing(lock)
	if err != nil {
		return err
	}
	if len(missing) > 0 {
		return fmt.Errorf("npm ci in %s did not install %s: npm's configuration leaves packages out (npm config list shows it)", p.folder, strings.Join(missing, ", "))
	}
	if err := os.MkdirAll(filepath.Dir(p.stamp()), 0o755); err != nil { // if the lock file has no packages
		return fmt.Errorf("record which npm packages are installed: %w", err)
	}
	if err := os.WriteFile(p.stamp(), wanted, 0o644); err != nil {
		return fmt.Errorf("record which npm packages are installed: %w", err)
	}
	return nil
}

// libc returns the C library that packages with native code are made for.
func libc() string {
	if found, _ := filepath.Glob("/lib/ld-musl-*"); len(found) > 0 {
		return "musl"
	}
	return ""
}

// missing returns the packages of the lock file that are not installed, without
// the optional ones, most of which are for other platforms.
func (p packages) missing(lock []byte) ([]string, error) {
	var content struct {
		Packages map[string]struct{ Optional, DevOptional bool }
	}
	if err := json.Unmarshal(lock, &content); err != nil {
		return nil, fmt.Errorf("read %s: %w", filepath.Join(p.folder, "package-lock.json"), err)
	}
	var missing []string
	for name, entry := range content.Packages {
		if name == "" || entry.Optional || entry.DevOptional {
			continue
		}
		if _, err := os.Stat(filepath.Join(p.folder, filepath.FromSlash(name), "package.json")); err != nil {
			missing = append(missing, strings.TrimPrefix(name, "node_modules/"))
		}
	}
	slices.Sort(missing)
	return missing, nil
}

// run returns the output of a program, which is part of the error if it fails.
func (p packages) run(ctx context.Context, name string, args ...string) ([]byte, error) {
	var output, errorOutput bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Dir = p.folder
	cmd.Stdout, cmd.Stderr = &output, &errorOutput
	if err := p.children.Run(ctx.Done(), cmd); err != nil {
		return nil, fmt.Errorf("%s %s in %s: %w\n%s", name, args[0], p.folder, err, bytes.TrimSpace(append(errorOutput.Bytes(), output.Bytes()...)))
	}
	return output.Bytes(), nil
}

// installPackages installs the packages that build the assets.
func installPackages(ctx context.Context, s settings, children *process.Family, t *terminal) error {
	done := func(string) {}
	err := packages{s.web(), children}.install(ctx, func() { done = t.step("installing npm packages") })
	if err != nil {
		done("")
		return err
	}
	done("npm packages installed")
	return nil
}

// installFolder installs the packages of a folder, for the Taskfile.
func installFolder(ctx context.Context, folder string) error {
	if err := checkTools(); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	children := process.NewFamily(self, "guard")
	defer children.Close()
	return packages{folder, children}.install(ctx, func() { fmt.Println("· npm packages in " + folder) })
}
