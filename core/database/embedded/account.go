package embedded

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// account is the user that Postgres runs as when we are root; nil means the
// current user.
type account struct {
	name     string
	uid, gid uint32
}

// accountFor chooses the account for a data directory. If the directory exists,
// its owner comes first, so that the data stays usable.
func accountFor(data string) (*account, error) {
	owner, exists := ownerOf(data)
	if os.Geteuid() != 0 {
		if exists && int(owner) != os.Geteuid() {
			return nil, fmt.Errorf("%s belongs to the user with the id %d, and Postgres only runs as the owner of its data: start it as that user, take ownership with chown -R, or remove it", data, owner)
		}
		return nil, nil
	}
	var known []*user.User
	if exists {
		if found, err := user.LookupId(strconv.Itoa(int(owner))); err == nil {
			known = append(known, found)
		}
	}
	for _, name := range []string{os.Getenv("SUDO_USER"), "postgres", "nobody"} {
		if found, err := user.Lookup(name); err == nil {
			known = append(known, found)
		}
	}
	for _, found := range known {
		uid, err1 := strconv.ParseUint(found.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(found.Gid, 10, 32)
		if err1 == nil && err2 == nil && uid != 0 {
			return &account{name: found.Username, uid: uint32(uid), gid: uint32(gid)}, nil
		}
	}
	return nil, fmt.Errorf("postgres cannot run as root, and there is no user to run it as: neither postgres nor nobody exists; add one, or set DATABASE_URL")
}

func ownerOf(path string) (uid uint32, exists bool) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return stat.Uid, true
}

// give makes the account the owner of a new directory or file.
func (a *account) give(path string) error {
	if a == nil {
		return nil
	}
	return os.Chown(path, int(a.uid), int(a.gid))
}

// mayEnter returns an error that names the inaccessible directory if the account
// cannot reach the path.
func (a *account) mayEnter(path string) error {
	if a == nil {
		return nil
	}
	for _, dir := range parents(path) {
		info, err := os.Stat(dir)
		if err != nil {
			return err
		}
		stat, ok := info.Sys().(*syscall.Stat_t)
		if !ok || mayEnter(info.Mode().Perm(), stat.Uid == a.uid, stat.Gid == a.gid) {
			continue
		}
		return fmt.Errorf("postgres cannot run as root, and as the user %s it cannot reach %s, because %s has the mode %04o: allow access with chmod o+x %s, move the checkout to a directory that everyone can enter, or set DATABASE_URL",
			a.name, path, dir, info.Mode().Perm(), dir)
	}
	return nil
}

func mayEnter(mode os.FileMode, owner, group bool) bool {
	switch {
	case owner:
		return mode&0o100 != 0
	case group:
		return mode&0o010 != 0
	default:
		return mode&0o001 != 0
	}
}

// parents returns the directories above the path, from the root down.
func parents(path string) []string {
	var dirs []string
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		dirs = append([]string{dir}, dirs...)
		if dir == filepath.Dir(dir) {
			return dirs
		}
	}
}

// command prepares a program to run as the account, in dir, isolated from the
// terminal's signals and from environment variables for other Postgres
// programs.
func (a *account) command(dir, program string, args ...string) *exec.Cmd {
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	cmd.Env = []string{"LC_ALL=C"} // messages in English: some are parsed
	for _, entry := range os.Environ() {
		if !forOtherServers(entry) && !strings.HasPrefix(entry, "LC_") && !strings.HasPrefix(entry, "LANG") {
			cmd.Env = append(cmd.Env, entry)
		}
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if a != nil {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: a.uid, Gid: a.gid}
	}
	return cmd
}
