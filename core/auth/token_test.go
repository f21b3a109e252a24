package auth_test

import (
	"encoding/base64"
	"math/bits"
	"testing"
)

// Tokens are 256 random bits: they all differ, on average in half of their bits.
func TestSignIn_makesRandomTokens(t *testing.T) {
	t.Parallel()
	const tokens = 300
	s := newSite(t)
	seen := map[string]bool{}
	var before []byte
	differing := 0
	for range tokens {
		value := s.signIn().Value
		token, err := base64.RawURLEncoding.DecodeString(value)
		if err != nil || len(token) != 32 || seen[value] {
			t.Fatalf("the token %q is not a new one of 256 bits", value)
		}
		seen[value] = true
		for i := range before {
			differing += bits.OnesCount8(before[i] ^ token[i])
		}
		before = token
	}
	if average := differing / (tokens - 1); average < 110 || average > 146 {
		t.Errorf("a token differs from the previous one in %d of 256 bits on average, want about 128", average)
	}
}
