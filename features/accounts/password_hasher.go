package accounts

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/argon2"

	"example.com/pergola/core/fault"
)

// Passwords hashes passwords and knows them again.
type Passwords interface {
	// Hash makes a text to store. It fails with fault.Unavailable if too many
	// passwords are being hashed already.
	Hash(ctx context.Context, password string) (string, error)

	// Verify reports whether the stored text was made of this password, and
	// whether it is stale: made in a way that Hash has left. The stored text
	// "" is nobody's: it takes the same time, and is of no password. It fails
	// as Hash does.
	Verify(ctx context.Context, stored, password string) (ok, stale bool, err error)
}

// PasswordOptions say what one hash costs and how many are made at a time. The
// zero Options are for production; tests set the costs low.
type PasswordOptions struct {
	MemoryKiB uint32 // 32 MiB
	Passes    uint32 // 3: with 32 MiB about 50 ms
	Threads   uint8  // 1

	Concurrent int           // hashes at a time: as many as processors, 4 at most
	Waiting    int           // how many may wait for their turn: 64
	MaxWait    time.Duration // and how long: 3 s
}

// NewPasswords hashes with argon2id. The stored text names the parameters, so
// that they can be raised at any time.
func NewPasswords(o PasswordOptions) Passwords {
	o = o.withDefaults()
	return &argon2Passwords{
		params:  argon2Params{memoryKiB: o.MemoryKiB, passes: o.Passes, threads: o.Threads},
		slots:   make(chan struct{}, o.Concurrent),
		limit:   int64(o.Concurrent + o.Waiting),
		maxWait: o.MaxWait,
	}
}

func (o PasswordOptions) withDefaults() PasswordOptions {
	if o.MemoryKiB == 0 {
		o.MemoryKiB = 32 << 10
	}
	if o.Passes == 0 {
		o.Passes = 3
	}
	if o.Threads == 0 {
		o.Threads = 1
	}
	if o.Concurrent == 0 {
		o.Concurrent = min(runtime.GOMAXPROCS(0), 4)
	}
	if o.Waiting == 0 {
		o.Waiting = 64
	}
	if o.MaxWait == 0 {
		o.MaxWait = 3 * time.Second
	}
	return o
}

type argon2Passwords struct {
	params  argon2Params
	slots   chan struct{}
	inside  atomic.Int64 // hashing or waiting for a slot
	limit   int64
	maxWait time.Duration
}

const (
	saltLength = 16
	keyLength  = 32
)

func (a *argon2Passwords) Hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltLength)
	_, _ = rand.Read(salt) // never fails, by its documentation
	key, err := a.key(ctx, argon2Hash{params: a.params, salt: salt, key: make([]byte, keyLength)}, password)
	if err != nil {
		return "", err
	}
	return argon2Hash{params: a.params, salt: salt, key: key}.String(), nil
}

func (a *argon2Passwords) Verify(ctx context.Context, stored, password string) (ok, stale bool, err error) {
	want := argon2Hash{params: a.params, salt: make([]byte, saltLength), key: make([]byte, keyLength)}
	if stored != "" {
		if want, err = parseArgon2Hash(stored); err != nil {
			return false, false, fmt.Errorf("verify password: %w", err)
		}
	}
	key, err := a.key(ctx, want, password)
	if err != nil {
		return false, false, err
	}
	same := subtle.ConstantTimeCompare(key, want.key) == 1
	return same && stored != "", want.params != a.params, nil
}

// key does the work, when it is its turn.
func (a *argon2Passwords) key(ctx context.Context, h argon2Hash, password string) ([]byte, error) {
	leave, err := a.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	return argon2.IDKey(normalPassword(password), h.salt, h.params.passes, h.params.memoryKiB, h.params.threads, uint32(len(h.key))), nil
}

// enter waits for a slot, for a while and among few.
func (a *argon2Passwords) enter(ctx context.Context) (leave func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("hash a password: %w", err)
	}
	if a.inside.Add(1) > a.limit {
		a.inside.Add(-1)
		return nil, errTooManyHashes
	}
	timer := time.NewTimer(a.maxWait)
	defer timer.Stop()
	select {
	case a.slots <- struct{}{}:
		return func() { <-a.slots; a.inside.Add(-1) }, nil
	case <-timer.C:
		err = errTooManyHashes
	case <-ctx.Done():
		err = fmt.Errorf("wait to hash a password: %w", ctx.Err())
	}
	a.inside.Add(-1)
	return nil, err
}

var errTooManyHashes = fault.Unavailable.New("Too many people are signing in at this moment. Please try again in a few seconds.")

type argon2Params struct {
	memoryKiB uint32
	passes    uint32
	threads   uint8
}

// argon2Hash is a hash in the PHC string format:
// $argon2id$v=19$m=32768,t=3,p=1$salt$key.
type argon2Hash struct {
	params argon2Params
	salt   []byte
	key    []byte
}

func (h argon2Hash) String() string {
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		h.params.memoryKiB, h.params.passes, h.params.threads, encode(h.salt), encode(h.key))
}

var errNotArgon2 = errors.New("the stored hash is not one of argon2id")

func parseArgon2Hash(stored string) (argon2Hash, error) {
	parts := strings.Split(stored, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return argon2Hash{}, errNotArgon2
	}
	var h argon2Hash
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.params.memoryKiB, &h.params.passes, &h.params.threads); err != nil {
		return argon2Hash{}, errNotArgon2
	}
	var saltErr, keyErr error
	h.salt, saltErr = base64.RawStdEncoding.DecodeString(parts[4])
	h.key, keyErr = base64.RawStdEncoding.DecodeString(parts[5])
	if saltErr != nil || keyErr != nil || h.params.passes == 0 || h.params.threads == 0 || len(h.key) < 16 {
		return argon2Hash{}, errNotArgon2
	}
	return h, nil
}
