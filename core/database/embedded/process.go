package embedded

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// isPostmaster reports whether the process is the server of this data
// directory. Checking that the pid exists is not enough: after a reboot, or in a
// container, it may belong to another program, and an ended process stays
// visible until it is reaped.
func isPostmaster(pid int, data string) bool {
	return pid > 1 && strings.Contains(commandLine(pid), " -D "+data+" ")
}

// commandLine returns "" if there is no such process, or if it is a zombie.
func commandLine(pid int) string {
	if _, err := os.Stat("/proc/self/cmdline"); err == nil {
		line, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cmdline"))
		if err != nil {
			return ""
		}
		return strings.ReplaceAll(string(line), "\x00", " ")
	}
	line, err := exec.Command("ps", "-ww", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(line)) + " "
}

// killOrphans kills the processes that a killed server left behind in its data
// directory, which would keep the next one from starting. They exit by
// themselves when they notice, but not in the middle of a long statement.
func killOrphans(data string) {
	killIn(data, func(command string) bool { return strings.HasPrefix(command, "postgres: ") })
}

// killIn kills the processes whose working directory is this one or below it. It
// needs /proc, and does nothing without it.
func killIn(dir string, which func(command string) bool) {
	links, err := filepath.Glob("/proc/[0-9]*/cwd")
	if err != nil {
		return
	}
	for _, link := range links {
		cwd, err := os.Readlink(link)
		if err != nil || cwd != dir && !strings.HasPrefix(cwd, dir+"/") {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(link)))
		if err == nil && which(commandLine(pid)) {
			_ = syscall.Kill(pid, syscall.SIGKILL) // it may already have ended
		}
	}
}
