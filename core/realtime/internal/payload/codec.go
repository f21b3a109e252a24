// Package payload reads and writes the payloads of channels strictly: what
// comes in has every field, no other, none twice, each of its type and within
// its rules; what goes out is held to the same rules.
//
//	codec, err := payload.NewCodec(reflect.TypeFor[ArticleFeed]())
//	…
//	value, err := codec.Decode(data) // *ArticleFeed
//
// What can be known of a type is worked out once, by NewCodec.
package payload

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// ErrInvalid is the error of a payload that breaks a rule.
var ErrInvalid = errors.New("invalid payload")

// Error says what is wrong with a payload. errors.Is(err, ErrInvalid) is true
// of it.
type Error struct {
	Field   string // path in the JSON, "items[2].title"; "" for the payload as a whole
	Problem string // "is missing", "must be a number", …
}

func (e *Error) Error() string {
	if e.Field == "" {
		return fmt.Sprintf("The payload %s.", e.Problem)
	}
	return fmt.Sprintf("%s %s.", e.Field, e.Problem)
}

// Is makes the error an ErrInvalid.
func (e *Error) Is(target error) bool { return target == ErrInvalid }

// Codec reads and writes the payloads of one type.
type Codec struct {
	payload reflect.Type
	shape   *shape
}

// NewCodec makes the codec of a struct. It fails for anything else, for a
// struct that writes its own JSON, and if there is a field in it whose JSON
// could be anything, or a validate tag that is not understood.
func NewCodec(payload reflect.Type) (*Codec, error) {
	if payload.Kind() != reflect.Struct || isOpaque(payload) {
		return nil, fmt.Errorf("its payload %s is not a plain struct", payload)
	}
	shape, err := newShape(payload)
	if err != nil {
		return nil, fmt.Errorf("its payload %s: %w", payload, err)
	}
	return &Codec{payload: payload, shape: shape}, nil
}

// Decode reads a payload that came in. It returns a pointer to the payload, or
// an *Error.
func (c *Codec) Decode(data []byte) (any, error) {
	if !json.Valid(data) {
		return nil, &Error{Problem: "is not JSON"}
	}
	if err := c.shape.check(data); err != nil {
		return nil, err
	}
	payload := reflect.New(c.payload).Interface()
	if err := json.Unmarshal(data, payload); err != nil {
		return nil, unmarshalProblem(err)
	}
	if err := validate(payload); err != nil {
		return nil, err
	}
	return payload, nil
}

// Encode writes a payload that goes out, or returns an *Error. A list or a map
// that is nil goes out as an empty one, so that a browser never has to ask.
func (c *Codec) Encode(payload any) (json.RawMessage, error) {
	payload = c.filled(payload)
	if err := validate(payload); err != nil {
		return nil, err
	}
	return marshal(payload)
}

// EncodeUnchecked writes a payload as Encode does, whatever the rules say.
func (c *Codec) EncodeUnchecked(payload any) (json.RawMessage, error) {
	return marshal(c.filled(payload))
}

func marshal(payload any) (json.RawMessage, error) {
	data, err := json.Marshal(payload)
	if err != nil {
		return nil, fmt.Errorf("encode payload: %w", err)
	}
	return data, nil
}

func (c *Codec) filled(payload any) any {
	if !c.shape.lists {
		return payload
	}
	filled := reflect.New(c.payload).Elem()
	filled.Set(reflect.ValueOf(payload))
	c.shape.fill(filled)
	return filled.Interface()
}

// unmarshalProblem is for what the shape does not see: a number that does not
// fit, a time that is none.
func unmarshalProblem(err error) error {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return &Error{Field: strings.TrimPrefix(wrong.Field, "."), Problem: "does not fit " + wrong.Type.String()}
	}
	return &Error{Problem: "has a value that cannot be read"}
}
