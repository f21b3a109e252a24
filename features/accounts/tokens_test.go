package accounts_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"example.com/pergola/core/fault"
	"example.com/pergola/features/accounts"
)

func newToken(secret, userID string, purpose accounts.Purpose, expires time.Time) accounts.Token {
	sum := sha256.Sum256([]byte(secret))
	return accounts.Token{Hash: sum[:], Purpose: purpose, UserID: userID, Email: "ada@example.com", ExpiresAt: expires}
}

func sameToken(a, b accounts.Token) bool {
	return bytes.Equal(a.Hash, b.Hash) && a.Purpose == b.Purpose && a.UserID == b.UserID && a.Email == b.Email && a.ExpiresAt.Equal(b.ExpiresAt)
}

func TestTokens_areFoundAndTakenOnce(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		want := newToken("a", uuid.NewString(), accounts.ResetsPassword, noon.Add(time.Hour))
		if err := s.tokens.Add(t.Context(), want, noon); err != nil {
			t.Fatal(err)
		}
		if found, err := s.tokens.Find(t.Context(), want.Hash); err != nil || !sameToken(found, want) {
			t.Fatalf("Find = %+v, %v, want %+v", found, err, want)
		}

		var taken atomic.Int64
		var working sync.WaitGroup
		for range 8 {
			working.Go(func() {
				token, err := s.tokens.Take(t.Context(), want.Hash)
				if err == nil && sameToken(token, want) {
					taken.Add(1)
				} else if !errors.Is(err, fault.NotFound) {
					t.Errorf("Take = %+v, %v", token, err)
				}
			})
		}
		working.Wait()

		if taken.Load() != 1 {
			t.Errorf("%d took the token, want 1", taken.Load())
		}
		if _, err := s.tokens.Find(t.Context(), want.Hash); !errors.Is(err, fault.NotFound) {
			t.Errorf("Find = %v afterwards, want fault.NotFound", err)
		}
	})
}

func TestTokens_areRemovedWithThePurposeOrTheirTime(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		ada, eva := uuid.NewString(), uuid.NewString()
		later := noon.Add(time.Hour)
		tokens := map[string]accounts.Token{
			"hers":         newToken("a", ada, accounts.ResetsPassword, later),
			"hers again":   newToken("b", ada, accounts.ResetsPassword, later),
			"another":      newToken("c", ada, accounts.VerifiesEmail, later),
			"another's":    newToken("d", eva, accounts.ResetsPassword, later),
			"one too late": newToken("e", eva, accounts.ResetsPassword, noon.Add(time.Minute)),
		}
		for _, token := range tokens {
			if err := s.tokens.Add(t.Context(), token, noon); err != nil {
				t.Fatal(err)
			}
		}

		if err := s.tokens.RemoveOf(t.Context(), ada, accounts.ResetsPassword); err != nil {
			t.Fatal(err)
		}
		if err := s.tokens.Add(t.Context(), newToken("f", eva, accounts.VerifiesEmail, later), noon.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}

		for name, there := range map[string]bool{"hers": false, "hers again": false, "another": true, "another's": true, "one too late": false} {
			if _, err := s.tokens.Find(t.Context(), tokens[name].Hash); errors.Is(err, fault.NotFound) == there {
				t.Errorf("%s: Find = %v, want there: %v", name, err, there)
			}
		}
	})
}

func TestTokens_rollBack(t *testing.T) {
	t.Parallel()
	onEveryStorage(t, func(t *testing.T, s storage) {
		kept := newToken("a", uuid.NewString(), accounts.ResetsPassword, noon.Add(time.Hour))
		added := newToken("b", uuid.NewString(), accounts.ResetsPassword, noon.Add(time.Hour))
		if err := s.tokens.Add(t.Context(), kept, noon); err != nil {
			t.Fatal(err)
		}
		errBack := errors.New("back")

		err := s.tx.InTx(t.Context(), func(ctx context.Context) error {
			_, takeErr := s.tokens.Take(ctx, kept.Hash)
			return errors.Join(takeErr, s.tokens.Add(ctx, added, noon), errBack)
		})

		if err == nil || !errors.Is(err, errBack) || errors.Is(err, fault.NotFound) {
			t.Fatalf("InTx = %v", err)
		}
		if _, err := s.tokens.Find(t.Context(), kept.Hash); err != nil {
			t.Errorf("the token that was taken is gone: %v", err)
		}
		if _, err := s.tokens.Find(t.Context(), added.Hash); !errors.Is(err, fault.NotFound) {
			t.Errorf("the token that was added: %v, want fault.NotFound", err)
		}
	})
}
