package authentication

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

// PasswordOptions set the cost of a hash and the number of concurrent ones. The
// zero value is for production; tests reduce the cost.
type PasswordOptions struct {
	MemoryKiB uint32 // 32 MiB by default
	Passes    uint32 // 3 by default, which takes about 50 ms with 32 MiB
	Threads   uint8  // 1 by default

	Concurrent int           // the number of CPUs by default, 4 at most
	Waiting    int           // how many calls may wait: 64 by default
	MaxWait    time.Duration // 3 s by default

	// Observe, if set, is called after each call of Hash and Verify, with the
	// name of the method. Tests count the calls.
	Observe func(method string)
}

// PasswordHasher hashes and verifies passwords with argon2id. A hash contains
// its parameters, so that they can be raised at any time.
type PasswordHasher struct {
	params  argon2Params
	slots   chan struct{}
	active  atomic.Int64 // hashing or waiting for a slot
	limit   int64
	maxWait time.Duration
	observe func(method string)
}

// NewPasswordHasher makes a hasher.
func NewPasswordHasher(o PasswordOptions) *PasswordHasher {
	o = o.withDefaults()
	return &PasswordHasher{
		params:  argon2Params{memoryKiB: o.MemoryKiB, passes: o.Passes, threads: o.Threads},
		slots:   make(chan struct{}, o.Concurrent),
		limit:   int64(o.Concurrent + o.Waiting),
		maxWait: o.MaxWait,
		observe: o.Observe,
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
	if o.Observe == nil {
		o.Observe = func(string) {}
	}
	return o
}

const (
	saltLength = 16
	keyLength  = 32
)

// Hash returns a hash to store. It fails with fault.Unavailable if too many
// passwords are being hashed.
func (p *PasswordHasher) Hash(ctx context.Context, password string) (string, error) {
	defer p.observe("Hash")
	salt := make([]byte, saltLength)
	_, _ = rand.Read(salt) // documented never to fail
	key, err := p.key(ctx, argon2Hash{params: p.params, salt: salt, key: make([]byte, keyLength)}, password)
	if err != nil {
		return "", err
	}
	return argon2Hash{params: p.params, salt: salt, key: key}.String(), nil
}

// Verify reports whether this is the password of a stored hash, and whether the
// hash is stale: made with other parameters than Hash uses now. For the hash ""
// it reports false after the same work. It fails as Hash does.
func (p *PasswordHasher) Verify(ctx context.Context, hash, password string) (ok, stale bool, err error) {
	defer p.observe("Verify")
	want := argon2Hash{params: p.params, salt: make([]byte, saltLength), key: make([]byte, keyLength)}
	if hash != "" {
		if want, err = parseArgon2Hash(hash); err != nil {
			return false, false, fmt.Errorf("verify password: %w", err)
		}
	}
	key, err := p.key(ctx, want, password)
	if err != nil {
		return false, false, err
	}
	same := subtle.ConstantTimeCompare(key, want.key) == 1
	return same && hash != "", want.params != p.params, nil
}

// key derives the key, when a slot is free.
func (p *PasswordHasher) key(ctx context.Context, h argon2Hash, password string) ([]byte, error) {
	release, err := p.acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	return argon2.IDKey(normalPassword(password), h.salt, h.params.passes, h.params.memoryKiB, h.params.threads, uint32(len(h.key))), nil
}

// acquire waits for a slot, up to a maximum time and number of waiting calls.
func (p *PasswordHasher) acquire(ctx context.Context) (release func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("hash a password: %w", err)
	}
	if p.active.Add(1) > p.limit {
		p.active.Add(-1)
		return nil, errTooManyHashes
	}
	timer := time.NewTimer(p.maxWait)
	defer timer.Stop()
	select {
	case p.slots <- struct{}{}:
		return func() { <-p.slots; p.active.Add(-1) }, nil
	case <-timer.C:
		err = errTooManyHashes
	case <-ctx.Done():
		err = fmt.Errorf("wait to hash a password: %w", ctx.Err())
	}
	p.active.Add(-1)
	return nil, err
}

var errTooManyHashes = fault.Unavailable.New("Too many people are signing in right now. Try again in a few seconds.")

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

var errNotArgon2 = errors.New("the stored hash is not an argon2id hash")

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
