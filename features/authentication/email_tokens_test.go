package authentication_test

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
	"example.com/pergola/features/authentication"
)

func newToken(secret, userID string, purpose authentication.Purpose, expires time.Time) authentication.EmailToken {
	sum := sha256.Sum256([]byte(secret))
	return authentication.EmailToken{Hash: sum[:], Purpose: purpose, UserID: userID, Email: "ada@example.com", ExpiresAt: expires}
}

func sameToken(a, b authentication.EmailToken) bool {
	return bytes.Equal(a.Hash, b.Hash) && a.Purpose == b.Purpose && a.UserID == b.UserID && a.Email == b.Email && a.ExpiresAt.Equal(b.ExpiresAt)
}

func TestEmailTokens_areTakenOnce(t *testing.T) {
	t.Parallel()
	s := newStorage(t)
	want := newToken("a", uuid.NewString(), authentication.ResetPasswordPurpose, noon.Add(time.Hour))
	if err := s.tokens.Add(t.Context(), want, noon); err != nil {
		t.Fatal(err)
	}
	if found, err := s.tokens.Find(t.Context(), want.Hash); err != nil || !sameToken(found, want) {
		t.Fatalf("Find = %+v, %v, want %+v", found, err, want)
	}

	var taken atomic.Int64
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			token, err := s.tokens.Take(t.Context(), want.Hash)
			if err == nil && sameToken(token, want) {
				taken.Add(1)
			} else if !errors.Is(err, fault.NotFound) {
				t.Errorf("Take = %+v, %v", token, err)
			}
		})
	}
	group.Wait()

	if taken.Load() != 1 {
		t.Errorf("%d callers got the token, want 1", taken.Load())
	}
	if _, err := s.tokens.Find(t.Context(), want.Hash); !errors.Is(err, fault.NotFound) {
		t.Errorf("Find = %v afterwards, want fault.NotFound", err)
	}
}

func TestEmailTokens_areDeletedByPurposeAndWhenExpired(t *testing.T) {
	t.Parallel()
	s := newStorage(t)
	ada, eva := uuid.NewString(), uuid.NewString()
	later := noon.Add(time.Hour)
	tokens := map[string]authentication.EmailToken{
		"hers":       newToken("a", ada, authentication.ResetPasswordPurpose, later),
		"hers again": newToken("b", ada, authentication.ResetPasswordPurpose, later),
		"another":    newToken("c", ada, authentication.VerifyEmailPurpose, later),
		"another's":  newToken("d", eva, authentication.ResetPasswordPurpose, later),
		"expired":    newToken("e", eva, authentication.ResetPasswordPurpose, noon.Add(time.Minute)),
	}
	for _, token := range tokens {
		if err := s.tokens.Add(t.Context(), token, noon); err != nil {
			t.Fatal(err)
		}
	}

	if err := s.tokens.Delete(t.Context(), ada, authentication.ResetPasswordPurpose); err != nil {
		t.Fatal(err)
	}
	if err := s.tokens.Add(t.Context(), newToken("f", eva, authentication.VerifyEmailPurpose, later), noon.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}

	for name, there := range map[string]bool{"hers": false, "hers again": false, "another": true, "another's": true, "expired": false} {
		if _, err := s.tokens.Find(t.Context(), tokens[name].Hash); errors.Is(err, fault.NotFound) == there {
			t.Errorf("%s: Find = %v, want there: %v", name, err, there)
		}
	}
}

func TestEmailTokens_joinTheTransaction(t *testing.T) {
	t.Parallel()
	s := newStorage(t)
	kept := newToken("a", uuid.NewString(), authentication.ResetPasswordPurpose, noon.Add(time.Hour))
	added := newToken("b", uuid.NewString(), authentication.ResetPasswordPurpose, noon.Add(time.Hour))
	if err := s.tokens.Add(t.Context(), kept, noon); err != nil {
		t.Fatal(err)
	}
	errRollback := errors.New("roll back")

	err := s.db.InTx(t.Context(), func(ctx context.Context) error {
		_, takeErr := s.tokens.Take(ctx, kept.Hash)
		return errors.Join(takeErr, s.tokens.Add(ctx, added, noon), errRollback)
	})

	if err == nil || !errors.Is(err, errRollback) || errors.Is(err, fault.NotFound) {
		t.Fatalf("InTx = %v", err)
	}
	if _, err := s.tokens.Find(t.Context(), kept.Hash); err != nil {
		t.Errorf("the taken token is missing: %v", err)
	}
	if _, err := s.tokens.Find(t.Context(), added.Hash); !errors.Is(err, fault.NotFound) {
		t.Errorf("the token that was added: %v, want fault.NotFound", err)
	}
}
