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
// directory. Asking whether it is alive would not do: after a reboot, or in a
// container, its number may be another program's, and one that has ended stays
// visible until somebody reaps it.
func isPostmaster(pid int, data string) bool {
	return pid > 1 && strings.Contains(commandLine(pid), " -D "+data+" ")
}

// commandLine is "" if there is no such process, or only its shell is left.
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

// killOrphans ends what a killed server has left behind in its data directory,
// which would keep the next one from starting. They end by themselves when
// they notice, but one in the middle of a long statement does not notice.
func killOrphans(data string) {
	killIn(data, func(command string) bool { return strings.HasPrefix(command, "postgres: ") })
}

// killIn ends the processes whose working directory is this one or below it.
// It finds them where there is /proc, and nothing elsewhere.
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
			_ = syscall.Kill(pid, syscall.SIGKILL) // gone already is fine
		}
	}
}
