// Package payload decodes and encodes the payloads of channels strictly. An incoming
// payload must have every field exactly once and no other fields, and each value
// must have the field's type and follow its rules. Outgoing payloads must follow the
// same rules.
//
//	codec, err := payload.NewCodec(reflect.TypeFor[ArticleFeed]())
//	…
//	value, err := codec.Decode(data) // *ArticleFeed
//
// NewCodec analyzes a type once.
package payload

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// ErrInvalid is the error for a payload that violates a rule.
var ErrInvalid = errors.New("invalid payload")

// Error describes what is wrong with a payload. It matches ErrInvalid with
// errors.Is.
type Error struct {
	Field   string // path in the JSON, "items[2].title"; "" for the entire payload
	Problem string // "is missing", "must be a number", …
}

func (e *Error) Error() string {
	if e.Field == "" {
		return fmt.Sprintf("The payload %s.", e.Problem)
	}
	return fmt.Sprintf("%s %s.", e.Field, e.Problem)
}

// Is makes errors.Is(err, ErrInvalid) true.
func (e *Error) Is(target error) bool { return target == ErrInvalid }

// Codec decodes and encodes the payloads of one type.
type Codec struct {
	payload reflect.Type
	shape   *shape
}

// NewCodec creates the codec of a struct. It returns an error for any other type, for a
// struct that encodes itself, and for a field whose JSON could be anything or whose
// validate tag is invalid.
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

// Decode decodes an incoming payload. It returns a pointer to the payload, or an
// *Error.
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

// Encode encodes an outgoing payload, or returns an *Error. A nil list or map is
// encoded as an empty one, so that browsers need no null checks.
func (c *Codec) Encode(payload any) (json.RawMessage, error) {
	payload = c.filled(payload)
	if err := validate(payload); err != nil {
		return nil, err
	}
	return marshal(payload)
}

// EncodeUnchecked encodes a payload like Encode, but does not check the rules.
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

// unmarshalProblem describes what the shape does not check: a number out of range,
// an invalid time.
func unmarshalProblem(err error) error {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return &Error{Field: strings.TrimPrefix(wrong.Field, "."), Problem: "does not fit " + wrong.Type.String()}
	}
	return &Error{Problem: "has a value that cannot be read"}
}
