package auth

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// scsStore is the store for scs. It is called with an activeSession in the context,
// because scs does not know the other columns of a session.
type scsStore struct{ store *Store }

// FindCtx returns the session that Sessions has already loaded.
func (s scsStore) FindCtx(ctx context.Context, _ string) (data []byte, found bool, err error) {
	data, found = ctx.Value(foundKey{}).([]byte)
	return data, found, nil
}

type foundKey struct{}

// CommitCtx inserts a session that was created in this request, and updates
// others. The update fails for a session that has ended in the meantime.
func (s scsStore) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	session := ctx.Value(sessionKey{}).(*activeSession)
	foundWith := session.record.TokenHash
	next := session.record
	next.TokenHash, next.Data, next.ExpiresAt = hashToken(token), data, expiry
	var err error
	if session.stored {
		err = s.store.Update(ctx, next, foundWith)
	} else {
		err = s.store.Insert(ctx, next)
	}
	if err != nil {
		return err
	}
	session.record, session.stored = next, true
	return nil
}

// DeleteCtx does nothing: scs calls it when it renews a token, which is an update
// here, and Sessions ends sessions by their id.
func (s scsStore) DeleteCtx(context.Context, string) error { return nil }

var errNoContext = errors.New("auth: the session store needs a context")

func (s scsStore) Find(string) ([]byte, bool, error)      { return nil, false, errNoContext }
func (s scsStore) Commit(string, []byte, time.Time) error { return errNoContext }
func (s scsStore) Delete(string) error                    { return errNoContext }

// tokenLength is the length of a token of scs: 32 bytes.
var tokenLength = base64.RawURLEncoding.EncodedLen(32)

// wellFormed reports whether the token has the format of an scs token, so that an
// invalid one costs no query.
func wellFormed(token string) bool {
	if len(token) != tokenLength {
		return false
	}
	_, err := base64.RawURLEncoding.DecodeString(token)
	return err == nil
}

func hashToken(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// jsonCodec encodes session data as JSON, which is readable in the table and costs
// a fraction of the default, gob.
type jsonCodec struct{}

type sessionData struct {
	Deadline time.Time         `json:"deadline"`
	Values   map[string]string `json:"values,omitempty"`
}

func (jsonCodec) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	data := sessionData{Deadline: deadline, Values: make(map[string]string, len(values))}
	for key, value := range values {
		text, ok := value.(string)
		if !ok {
			return nil, fmt.Errorf("encode session: %q is a %T, want a string", key, value)
		}
		data.Values[key] = text
	}
	return json.Marshal(data)
}

func (jsonCodec) Decode(encoded []byte) (time.Time, map[string]any, error) {
	var data sessionData
	if err := json.Unmarshal(encoded, &data); err != nil {
		return time.Time{}, nil, fmt.Errorf("decode session: %w", err)
	}
	values := make(map[string]any, len(data.Values))
	for key, text := range data.Values {
		values[key] = text
	}
	return data.Deadline, values, nil
}
