package databasetest

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/jackc/pgx/v5"

	"example.com/pergola/core/database"
	"example.com/pergola/core/database/embedded"
)

// server is the server on which this test binary creates databases.
type server struct {
	url      string       // of a database that is only used to manage the others
	admin    *database.DB // connected to it
	embedded bool         // not from TEST_DATABASE_URL
	run      int64        // the number of this run, in the names of its databases
	count    atomic.Int64

	mu        sync.Mutex
	templates map[string]bool // those that this process has created or found

	presence *pgx.Conn // holds the run's lock as long as the process lives
}

// shared connects to the server once per test binary. It is a global because
// only the process can own the connection: tests are independent of each other.
var shared = sync.OnceValues(func() (*server, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*timeout)
	defer cancel()
	if address := os.Getenv("TEST_DATABASE_URL"); address != "" {
		return connect(ctx, address, false)
	}
	opts, err := sharedOptions()
	if err != nil {
		return nil, err
	}
	running, err := embedded.Start(ctx, opts)
	if err != nil {
		return nil, err
	}
	return connect(ctx, running.URL(), true)
})

func connect(ctx context.Context, address string, embedded bool) (*server, error) {
	admin, err := database.Open(ctx, address)
	if err != nil {
		return nil, err
	}
	presence, err := pgx.Connect(ctx, address)
	if err != nil {
		return nil, err
	}
	s := &server{url: address, admin: admin, embedded: embedded, run: rand.Int64(), templates: map[string]bool{}, presence: presence}
	if _, err := presence.Exec(ctx, "select pg_advisory_lock($1)", s.run); err != nil {
		return nil, err
	}
	go s.dropLeftovers()
	return s, nil
}

// urlOf returns the address of another database of the server.
func (s *server) urlOf(name string) string {
	address, err := url.Parse(s.url)
	if err != nil || address.Scheme == "" {
		return s.url + " dbname=" + name // the other form: host=… user=…
	}
	address.Path = "/" + name
	return address.String()
}

// sharedOptions describes the embedded server that all tests of this checkout
// and this user share.
func sharedOptions() (embedded.Options, error) {
	root, err := checkout()
	if err != nil {
		return embedded.Options{}, err
	}
	key := fnv.New32a()
	key.Write([]byte(root))
	name := fmt.Sprintf("pergola-test-%d-%08x", os.Getuid(), key.Sum32())
	dir := filepath.Join(fastest(name), name)
	if err := claim(dir); err != nil {
		return embedded.Options{}, err
	}
	return embedded.Options{Dir: dir, NPMDir: filepath.Join(root, ".data", "postgres-npm"), Settings: settings(), Disposable: true}, nil
}

// settings configure a server that is fast and loses its data in a crash.
func settings() map[string]string {
	return map[string]string{
		"fsync":              "off",
		"synchronous_commit": "off",
		"full_page_writes":   "off",
		"wal_level":          "minimal",
		"max_wal_senders":    "0",
		"max_wal_size":       "256MB",
		"shared_buffers":     "32MB",
		"max_connections":    "500",
		"autovacuum":         "off",
		"jit":                "off",
		"log_checkpoints":    "off",
	}
}

// checkout is the directory of the go.mod above the working directory, which
// for a test is its package.
func checkout() (string, error) {
	wd, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for dir := wd; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.EvalSymlinks(dir)
		}
		if dir == filepath.Dir(dir) {
			return wd, nil
		}
	}
}

// fastest returns where to keep the data: in memory if there is space for some
// dozens of databases of 8 MB each, or if the directory already exists.
func fastest(name string) string {
	const memory, needed = "/dev/shm", 1 << 30
	if _, err := os.Stat(filepath.Join(memory, name)); err == nil {
		return memory
	}
	var stat syscall.Statfs_t
	if err := syscall.Statfs(memory, &stat); err == nil && uint64(stat.Bavail)*uint64(stat.Bsize) >= needed {
		return memory
	}
	return os.TempDir()
}

// claim creates the directory, or verifies that it belongs to this user: its
// name is predictable and its parent is writable by everyone.
func claim(dir string) error {
	err := os.Mkdir(dir, 0o755)
	if err == nil {
		return os.Chmod(dir, 0o755) // regardless of the umask: under root another user runs the server
	}
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || !info.IsDir() || int(stat.Uid) != os.Getuid() {
		return fmt.Errorf("%s is not a directory of user %s: remove it", dir, strconv.Itoa(os.Getuid()))
	}
	return nil
}

// StopShared stops the embedded server that the tests of this checkout share
// and frees the memory of its data, unless others are using it. It reports
// whether it stopped one. With TEST_DATABASE_URL it does nothing.
func StopShared(ctx context.Context) (stopped bool, err error) {
	opts, err := sharedOptions()
	if err != nil {
		return false, err
	}
	running, err := embedded.Find(ctx, opts)
	if err != nil || running == nil {
		return false, err
	}
	used, err := inUse(ctx, running.URL())
	if err != nil || used {
		return false, err
	}
	return true, running.Remove(ctx)
}

func inUse(ctx context.Context, address string) (used bool, err error) {
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return false, err
	}
	defer conn.Close(ctx)
	err = conn.QueryRow(ctx, `select exists (select from pg_stat_activity
		where backend_type = 'client backend' and pid <> pg_backend_pid())`).Scan(&used)
	return used, err
}
