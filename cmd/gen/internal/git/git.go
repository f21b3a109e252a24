// Package git runs git for the generator, so that the result depends on the
// repository alone:
//
//	output, err := git.Run(ctx, root, "ls-files", "-z")
//
// The user's and the machine's configuration do not apply: a program that signs
// commits, hooks, ignored files, ways to merge. Neither do GIT_DIR and the other
// variables that git sets for its hooks, which name another repository. A checkout
// of another user may be read, because the caller already runs the code in it.
package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// Command prepares git to run in a folder.
func Command(ctx context.Context, folder string, args ...string) *exec.Cmd {
	settings := []string{
		"-c", "safe.directory=*",
		// These have defaults outside of the configuration.
		"-c", "core.excludesFile=", "-c", "core.attributesFile=", "-c", "core.hooksPath=" + os.DevNull,
	}
	cmd := exec.CommandContext(ctx, "git", append(settings, args...)...)
	cmd.Dir = folder
	cmd.Env = append(withoutGit(os.Environ()),
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull,
		"LC_ALL=C") // messages in English
	return cmd
}

// withoutGit removes git's variables.
func withoutGit(environment []string) []string {
	var kept []string
	for _, entry := range environment {
		if !strings.HasPrefix(entry, "GIT_") {
			kept = append(kept, entry)
		}
	}
	return kept
}

// ErrNoRepository is the error of Run in a folder without a repository.
var ErrNoRepository = errors.New("not a git repository")

// Run runs git in a folder and returns its output. The error has what git wrote to
// standard error.
func Run(ctx context.Context, folder string, args ...string) ([]byte, error) {
	cmd := Command(ctx, folder, args...)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	output, err := cmd.Output()
	switch {
	case ctx.Err() != nil:
		return nil, errors.New("interrupted")
	case errors.Is(err, exec.ErrNotFound):
		return nil, errors.New("git is missing: install it from https://git-scm.com")
	case err != nil && strings.Contains(complaints.String(), ErrNoRepository.Error()):
		return nil, ErrNoRepository
	case err != nil:
		return nil, fmt.Errorf("`git %s` in %s: %w\n%s", strings.Join(args, " "), folder, err, bytes.TrimSpace(complaints.Bytes()))
	}
	return output, nil
}

// Author is who commits.
type Author struct{ Name, Email string }

// configuredAuthor returns what the user has configured for a repository.
func configuredAuthor(ctx context.Context, folder string) Author {
	author := Author{os.Getenv("GIT_AUTHOR_NAME"), os.Getenv("GIT_AUTHOR_EMAIL")}
	if author.Name == "" {
		author.Name = configured(ctx, folder, "user.name")
	}
	if author.Email == "" {
		author.Email = configured(ctx, folder, "user.email")
	}
	return author
}

// configured returns a value of the user's configuration, "" if it has none or
// cannot be read.
func configured(ctx context.Context, folder, key string) string {
	cmd := exec.CommandContext(ctx, "git", "config", "--get", key)
	cmd.Dir = folder
	cmd.Env = append(withoutGit(os.Environ()), configurationFiles()...)
	output, _ := cmd.Output()
	return strings.TrimSpace(string(output))
}

// configurationFiles are the variables that say where the user's configuration is.
func configurationFiles() []string {
	var kept []string
	for _, name := range []string{"GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM"} {
		if value, set := os.LookupEnv(name); set {
			kept = append(kept, name+"="+value)
		}
	}
	return kept
}

// Start makes a folder a repository with one commit of all its files, on the
// branches main and also. The author is the user that git is configured with, or
// else the one given.
func Start(ctx context.Context, folder, message string, author Author, also string) error {
	if _, err := Run(ctx, folder, "init", "-q", "-b", "main", "--template="); err != nil {
		return err
	}
	if user := configuredAuthor(ctx, folder); user.Name != "" && user.Email != "" {
		author = user
	}
	for _, args := range [][]string{
		{"add", "-A"},
		{"-c", "user.name=" + author.Name, "-c", "user.email=" + author.Email, "commit", "-q", "-m", message},
		{"branch", also},
	} {
		if _, err := Run(ctx, folder, args...); err != nil {
			return err
		}
	}
	return nil
}
