package embedded

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// largestLog is the size above which a start truncates the log.
const largestLog = 8 << 20

func logFile(dir string, major int) string { return filepath.Join(dir, strconv.Itoa(major)+".log") }

// openLog opens the log for a server to write to. It is a file rather than a
// pipe, so that a server that outlives its parent can still write.
func openLog(path string) (*os.File, error) {
	mode := os.O_WRONLY | os.O_CREATE | os.O_APPEND
	if info, err := os.Stat(path); err == nil && info.Size() > largestLog {
		mode |= os.O_TRUNC
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return os.OpenFile(path, mode, 0o600)
}

// logSince returns the last lines that were added to the log since it had this
// size.
func logSince(path string, size int64) string {
	const most = 10
	text, err := os.ReadFile(path)
	if err != nil || int64(len(text)) < size {
		return ""
	}
	lines := strings.Split(strings.TrimSpace(string(bytes.ToValidUTF8(text[size:], nil))), "\n")
	return strings.Join(lines[max(0, len(lines)-most):], "\n")
}

// follow copies what is added to the file until ctx ends, and then once more.
func follow(ctx context.Context, file io.Reader, to io.Writer) {
	const interval = 250 * time.Millisecond
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		if _, err := io.Copy(to, file); err != nil {
			return
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			_, _ = io.Copy(to, file) // the last lines
			return
		}
	}
}
