package accounts_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/pergola/core/fault"
	"example.com/pergola/features/accounts"
)

// cheap makes passwords that cost next to nothing.
var cheap = accounts.PasswordOptions{MemoryKiB: 64, Passes: 1, MaxWait: time.Minute, Waiting: 1000}

func mustHash(t *testing.T, passwords accounts.Passwords, password string) string {
	t.Helper()
	hash, err := passwords.Hash(t.Context(), password)
	if err != nil {
		t.Fatalf("Hash: %v", err)
	}
	return hash
}

func TestPasswords_ofProduction(t *testing.T) {
	t.Parallel()
	passwords := accounts.NewPasswords(accounts.PasswordOptions{})

	hash := mustHash(t, passwords, "correct horse")

	if !strings.HasPrefix(hash, "$argon2id$v=19$m=32768,t=3,p=1$") {
		t.Errorf("Hash = %s, want argon2id with 32 MiB and 3 passes", hash)
	}
	for password, want := range map[string]bool{"correct horse": true, "correct house": false} {
		if ok, stale, err := passwords.Verify(t.Context(), hash, password); err != nil || ok != want || stale {
			t.Errorf("Verify(%q) = %v, stale %v, %v, want %v", password, ok, stale, err, want)
		}
	}
}

func TestPasswords_knowTheSameCharactersFromAnyKeyboard(t *testing.T) {
	t.Parallel()
	passwords := accounts.NewPasswords(cheap)
	composed, decomposed := "pass-\u00e9-word", "pass-e\u0301-word"

	ok, _, err := passwords.Verify(t.Context(), mustHash(t, passwords, composed), decomposed)

	if err != nil || !ok {
		t.Errorf("Verify = %v, %v, want the same password", ok, err)
	}
}

func TestPasswords_countEveryCharacter(t *testing.T) {
	t.Parallel()
	passwords := accounts.NewPasswords(cheap)
	long := strings.Repeat("æ", 127)
	hash := mustHash(t, passwords, long+"x")

	for _, other := range []string{long, long + "y", long + "X", long + "x ", " " + long + "x", long[2:] + "x", long + "x\x00"} {
		if ok, _, err := passwords.Verify(t.Context(), hash, other); err != nil || ok {
			t.Errorf("%q is taken for the password (%v)", other, err)
		}
	}
}

func TestPasswords_neverHashAlike(t *testing.T) {
	t.Parallel()
	passwords := accounts.NewPasswords(cheap)

	first, second := mustHash(t, passwords, "correct horse"), mustHash(t, passwords, "correct horse")

	if first == second {
		t.Error("two hashes of one password are the same: where is the salt?")
	}
}

func TestPasswords_sayWhatIsStale(t *testing.T) {
	t.Parallel()
	old := mustHash(t, accounts.NewPasswords(cheap), "correct horse")
	options := cheap
	options.Passes = 2

	ok, stale, err := accounts.NewPasswords(options).Verify(t.Context(), old, "correct horse")

	if err != nil || !ok || !stale {
		t.Errorf("Verify = %v, stale %v, %v, want a good one that is stale", ok, stale, err)
	}
}

func TestPasswords_refuseWhatIsNoHash(t *testing.T) {
	t.Parallel()
	passwords := accounts.NewPasswords(cheap)
	good := mustHash(t, passwords, "correct horse")
	for _, stored := range []string{
		"plain", "$2a$10$abcdefghijklmnopqrstuv", strings.Replace(good, "argon2id", "argon2i", 1), strings.Replace(good, "v=19", "v=16", 1),
		strings.Replace(good, "t=1", "t=0", 1), strings.Replace(good, "p=1", "p=0", 1), strings.Replace(good, "m=64", "m=x", 1), good + "$", good[:len(good)-40], good + "!",
	} {
		if ok, _, err := passwords.Verify(t.Context(), stored, "correct horse"); ok || err == nil {
			t.Errorf("Verify against %q = %v, %v, want an error", stored, ok, err)
		}
	}
}

// The work is compared by the clock: by the quickest of as many verifications as
// it takes on a machine that does other things, too.
func TestPasswords_workAsMuchForNobody(t *testing.T) {
	t.Parallel()
	passwords := accounts.NewPasswords(accounts.PasswordOptions{MemoryKiB: 8 << 10, Passes: 2, Concurrent: 1})
	hash := mustHash(t, passwords, "correct horse")
	verify := func(stored string) time.Duration {
		began := time.Now()
		if ok, _, err := passwords.Verify(t.Context(), stored, "wrong horse"); ok || err != nil {
			t.Fatalf("Verify = %v, %v", ok, err)
		}
		return time.Since(began)
	}

	nobody, somebody := verify(""), verify(hash)
	for tries := range 100 {
		if tries > 4 && nobody >= somebody/4 { // never by one slow moment
			return
		}
		nobody, somebody = min(nobody, verify("")), min(somebody, verify(hash))
	}

	t.Errorf("a verification for nobody takes %v, for somebody %v", nobody, somebody)
}

func TestPasswords_hashFewAtATime(t *testing.T) {
	t.Parallel()
	passwords := accounts.NewPasswords(accounts.PasswordOptions{MemoryKiB: 16 << 10, Passes: 4, Concurrent: 1, Waiting: 1, MaxWait: time.Minute})
	var refused, hashed atomic.Int64
	var working sync.WaitGroup
	begin := make(chan struct{})
	for range 20 {
		working.Go(func() {
			<-begin
			switch _, err := passwords.Hash(t.Context(), "correct horse"); {
			case err == nil:
				hashed.Add(1)
			case errors.Is(err, fault.Unavailable):
				refused.Add(1)
			default:
				t.Errorf("Hash: %v", err)
			}
		})
	}

	close(begin)
	working.Wait()

	if refused.Load() == 0 || hashed.Load() == 0 {
		t.Errorf("%d hashed and %d refused, want some of both", hashed.Load(), refused.Load())
	}
	mustHash(t, passwords, "correct horse") // whoever left has left room
}

func TestPasswords_stopWaitingWithTheVisitor(t *testing.T) {
	t.Parallel()
	passwords := accounts.NewPasswords(accounts.PasswordOptions{MemoryKiB: 16 << 10, Passes: 4, Concurrent: 1, MaxWait: time.Minute})
	ctx, leave := context.WithCancel(t.Context())
	leave()
	var gone atomic.Int64
	var working sync.WaitGroup
	for range 20 { // one at most finds a free slot quicker than that nobody waits
		working.Go(func() {
			if _, err := passwords.Hash(ctx, "correct horse"); errors.Is(err, context.Canceled) {
				gone.Add(1)
			}
		})
	}
	working.Wait()

	if gone.Load() == 0 {
		t.Error("everybody has waited although nobody was there any more")
	}
	mustHash(t, passwords, "correct horse")
}

func BenchmarkPasswords(b *testing.B) {
	passwords := accounts.NewPasswords(accounts.PasswordOptions{})
	for b.Loop() {
		if _, err := passwords.Hash(b.Context(), "correct horse"); err != nil {
			b.Fatal(err)
		}
	}
}
