package authentication_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/pergola/core/fault"
	"example.com/pergola/features/authentication"
)

// cheap hashes cost almost nothing.
var cheap = authentication.PasswordOptions{MemoryKiB: 64, Passes: 1, MaxWait: time.Minute, Waiting: 1000}

func mustHash(t *testing.T, hasher *authentication.PasswordHasher, password string) string {
	t.Helper()
	hash, err := hasher.Hash(t.Context(), password)
	if err != nil {
		t.Fatalf("Hash: %v", err)
	}
	return hash
}

func TestPasswordHasher_defaults(t *testing.T) {
	t.Parallel()
	hasher := authentication.NewPasswordHasher(authentication.PasswordOptions{})

	hash := mustHash(t, hasher, "correct horse")

	if !strings.HasPrefix(hash, "$argon2id$v=19$m=32768,t=3,p=1$") {
		t.Errorf("Hash = %s, want argon2id with 32 MiB and 3 passes", hash)
	}
	for password, want := range map[string]bool{"correct horse": true, "correct house": false} {
		if ok, stale, err := hasher.Verify(t.Context(), hash, password); err != nil || ok != want || stale {
			t.Errorf("Verify(%q) = %v, stale %v, %v, want %v", password, ok, stale, err, want)
		}
	}
}

func TestPasswordHasher_normalizesUnicode(t *testing.T) {
	t.Parallel()
	hasher := authentication.NewPasswordHasher(cheap)
	composed, decomposed := "pass-\u00e9-word", "pass-e\u0301-word"

	ok, _, err := hasher.Verify(t.Context(), mustHash(t, hasher, composed), decomposed)

	if err != nil || !ok {
		t.Errorf("Verify = %v, %v, want the same password", ok, err)
	}
}

func TestPasswordHasher_usesEveryCharacter(t *testing.T) {
	t.Parallel()
	hasher := authentication.NewPasswordHasher(cheap)
	long := strings.Repeat("æ", 127)
	hash := mustHash(t, hasher, long+"x")

	for _, other := range []string{long, long + "y", long + "X", long + "x ", " " + long + "x", long[2:] + "x", long + "x\x00"} {
		if ok, _, err := hasher.Verify(t.Context(), hash, other); err != nil || ok {
			t.Errorf("%q is accepted as the password (%v)", other, err)
		}
	}
}

func TestPasswordHasher_saltsHashes(t *testing.T) {
	t.Parallel()
	hasher := authentication.NewPasswordHasher(cheap)

	first, second := mustHash(t, hasher, "correct horse"), mustHash(t, hasher, "correct horse")

	if first == second {
		t.Error("two hashes of the same password are equal")
	}
}

func TestPasswordHasher_reportsStaleHashes(t *testing.T) {
	t.Parallel()
	old := mustHash(t, authentication.NewPasswordHasher(cheap), "correct horse")
	options := cheap
	options.Passes = 2

	ok, stale, err := authentication.NewPasswordHasher(options).Verify(t.Context(), old, "correct horse")

	if err != nil || !ok || !stale {
		t.Errorf("Verify = %v, stale %v, %v, want ok and stale", ok, stale, err)
	}
}

func TestPasswordHasher_rejectsInvalidHashes(t *testing.T) {
	t.Parallel()
	hasher := authentication.NewPasswordHasher(cheap)
	good := mustHash(t, hasher, "correct horse")
	for _, stored := range []string{
		"plain", "$2a$10$abcdefghijklmnopqrstuv", strings.Replace(good, "argon2id", "argon2i", 1), strings.Replace(good, "v=19", "v=16", 1),
		strings.Replace(good, "t=1", "t=0", 1), strings.Replace(good, "p=1", "p=0", 1), strings.Replace(good, "m=64", "m=x", 1), good + "$", good[:len(good)-40], good + "!",
	} {
		if ok, _, err := hasher.Verify(t.Context(), stored, "correct horse"); ok || err == nil {
			t.Errorf("Verify against %q = %v, %v, want an error", stored, ok, err)
		}
	}
}

// It compares the fastest of many verifications, since other programs run too.
func TestPasswordHasher_takesAsLongWithoutAHash(t *testing.T) {
	t.Parallel()
	hasher := authentication.NewPasswordHasher(authentication.PasswordOptions{MemoryKiB: 8 << 10, Passes: 2, Concurrent: 1})
	hash := mustHash(t, hasher, "correct horse")
	verify := func(stored string) time.Duration {
		began := time.Now()
		if ok, _, err := hasher.Verify(t.Context(), stored, "wrong horse"); ok || err != nil {
			t.Fatalf("Verify = %v, %v", ok, err)
		}
		return time.Since(began)
	}

	without, with := verify(""), verify(hash)
	for tries := range 100 {
		if tries > 4 && without >= with/4 { // never decided by one slow moment
			return
		}
		without, with = min(without, verify("")), min(with, verify(hash))
	}

	t.Errorf("a verification without a hash takes %v, with one %v", without, with)
}

func TestPasswordHasher_limitsConcurrency(t *testing.T) {
	t.Parallel()
	hasher := authentication.NewPasswordHasher(authentication.PasswordOptions{MemoryKiB: 16 << 10, Passes: 4, Concurrent: 1, Waiting: 1, MaxWait: time.Minute})
	var rejected, hashed atomic.Int64
	var group sync.WaitGroup
	begin := make(chan struct{})
	for range 20 {
		group.Go(func() {
			<-begin
			switch _, err := hasher.Hash(t.Context(), "correct horse"); {
			case err == nil:
				hashed.Add(1)
			case errors.Is(err, fault.Unavailable):
				rejected.Add(1)
			default:
				t.Errorf("Hash: %v", err)
			}
		})
	}

	close(begin)
	group.Wait()

	if rejected.Load() == 0 || hashed.Load() == 0 {
		t.Errorf("%d hashed and %d rejected, want some of both", hashed.Load(), rejected.Load())
	}
	mustHash(t, hasher, "correct horse") // the slots are free again
}

func TestPasswordHasher_stopsWaitingWhenTheRequestEnds(t *testing.T) {
	t.Parallel()
	hasher := authentication.NewPasswordHasher(authentication.PasswordOptions{MemoryKiB: 16 << 10, Passes: 4, Concurrent: 1, MaxWait: time.Minute})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var canceled atomic.Int64
	var group sync.WaitGroup
	for range 20 { // at most one gets a free slot before it notices
		group.Go(func() {
			if _, err := hasher.Hash(ctx, "correct horse"); errors.Is(err, context.Canceled) {
				canceled.Add(1)
			}
		})
	}
	group.Wait()

	if canceled.Load() == 0 {
		t.Error("all calls waited although the request had ended")
	}
	mustHash(t, hasher, "correct horse")
}

func BenchmarkPasswordHasher(b *testing.B) {
	hasher := authentication.NewPasswordHasher(authentication.PasswordOptions{})
	for b.Loop() {
		if _, err := hasher.Hash(b.Context(), "correct horse"); err != nil {
			b.Fatal(err)
		}
	}
}
