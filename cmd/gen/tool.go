package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// runTool runs a program in the project. The error has its output.
func runTool(ctx context.Context, root, name string, args ...string) error {
	_, err := output(ctx, root, name, args...)
	return err
}

func output(ctx context.Context, root, name string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = root
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if ctx.Err() != nil {
		return nil, errors.New("interrupted")
	}
	if err != nil {
		printed := strings.TrimSpace(stderr.String() + stdout.String())
		return nil, fmt.Errorf("`%s` failed:\n%s", strings.Join(append([]string{name}, args...), " "), printed)
	}
	return stdout.Bytes(), nil
}
