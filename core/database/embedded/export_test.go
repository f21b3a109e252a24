package embedded

import "context"

// WithSearchDirs looks for installed servers only in these directories.
func (o Options) WithSearchDirs(dirs ...string) Options {
	o.searchDirs = func() []string { return dirs }
	return o
}

// Quoted returns a name for use in SQL.
func Quoted(name string) string { return quoted(name) }

// PID returns the server's process id.
func (s *Server) PID() int { return s.pid }

// ChosenBinaries returns the directory whose programs Start would run.
func ChosenBinaries(ctx context.Context, o Options) (dir string, err error) {
	o, err = o.withDefaults()
	if err != nil {
		return "", err
	}
	chosen, err := choose(ctx, o)
	return chosen.dir, err
}
