package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A package for development, and a lock file that says so. It is in the folder, so
// that no registry is needed.
const (
	packageJSON = `{"name": "sample", "private": true, "devDependencies": {"tool": "file:tool"}}`
	lockJSON    = `{"name": "sample", "lockfileVersion": 3, "requires": true, "packages": {
		"": {"name": "sample", "devDependencies": {"tool": "file:tool"}},
		"node_modules/tool": {"resolved": "tool", "link": true},
		"tool": {"version": "1.0.0", "dev": true}
	}}`
)

func newPackages(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for name, content := range map[string]string{
		"package.json": packageJSON, "package-lock.json": lockJSON, "tool/package.json": `{"name": "tool", "version": "1.0.0"}`,
	} {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// install runs `dev install` on the folder, with these variables.
func install(t *testing.T, folder string, env ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "install", folder)
	cmd.Env = append(append(os.Environ(), "PERGOLA_TEST_AS_SUPERVISOR=1"), env...)
	output, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("dev install: %v\n%s", err, output)
	}
	return string(output)
}

func TestInstall_ignoresSettingsThatLeavePackagesOut(t *testing.T) {
	t.Parallel()
	for _, setting := range []string{
		"NODE_ENV=production", "npm_config_omit=dev optional", "npm_config_only=production", "npm_config_production=true",
		"npm_config_global=true", "npm_config_dry_run=true", "npm_config_package_lock=false", "npm_config_package_lock_only=true",
	} {
		t.Run(setting, func(t *testing.T) {
			t.Parallel()
			folder := newPackages(t)

			install(t, folder, setting)

			if _, err := os.Stat(filepath.Join(folder, "node_modules", "tool", "package.json")); err != nil {
				t.Errorf("the build tool is not installed: %v", err)
			}
		})
	}
}

func TestInstall_replacesPackagesOfAnotherPlatform(t *testing.T) {
	t.Parallel()
	folder := newPackages(t)
	if first, again := install(t, folder), install(t, folder); first == "" || again != "" {
		t.Errorf("installed %q, then %q; want something, then nothing", first, again)
	}
	stamp := filepath.Join(folder, "node_modules", ".installed")
	content, err := os.ReadFile(stamp)
	if err != nil {
		t.Fatal(err)
	}
	_, lock, _ := strings.Cut(string(content), "\n")
	if err := os.WriteFile(stamp, []byte("darwin arm64\n"+lock), 0o644); err != nil {
		t.Fatal(err)
	}

	if got := install(t, folder); got == "" {
		t.Error("kept the packages of another platform")
	}
}

func TestInstall_doesNotRecordAnIncompleteInstallation(t *testing.T) {
	t.Parallel()
	folder := newPackages(t)
	bin := t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "npm"), []byte("#!/bin/sh\nexit 0\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "install", folder)
	cmd.Env = append(os.Environ(), "PERGOLA_TEST_AS_SUPERVISOR=1", "PATH="+bin+":"+os.Getenv("PATH"))

	output, err := cmd.CombinedOutput()

	if err == nil || !strings.Contains(string(output), "did not install tool") {
		t.Errorf("dev install = %v, %s; want an error that names the package", err, output)
	}
	if _, err := os.Stat(filepath.Join(folder, "node_modules", ".installed")); err == nil {
		t.Error("the installation is recorded as complete")
	}
}
