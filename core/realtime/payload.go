package realtime

import (
	"encoding/json"
	"fmt"
	"reflect"
)

// PayloadError says what is wrong with a payload. errors.Is(err,
// ErrInvalidPayload) is true of it.
type PayloadError struct {
	Field   string // path in the JSON, "items[2].title"; "" for the payload as a whole
	Problem string // "is missing", "is not known", …
}

func (e *PayloadError) Error() string {
	if e.Field == "" {
		return fmt.Sprintf("The payload %s.", e.Problem)
	}
	return fmt.Sprintf("%s %s.", e.Field, e.Problem)
}

// Is makes the error an ErrInvalidPayload.
func (e *PayloadError) Is(target error) bool { return target == ErrInvalidPayload }

type codec struct{ payload reflect.Type }

func newCodec(payload reflect.Type) (*codec, error) {
	if payload.Kind() != reflect.Struct {
		return &codec{}, fmt.Errorf("its payload %s is not a struct", payload)
	}
	return &codec{payload: payload}, nil
}

func (c *codec) encode(payload any) (json.RawMessage, error) { return json.Marshal(payload) }

func (c *codec) decode(data []byte) (any, error) {
	payload := reflect.New(c.payload).Interface()
	if err := json.Unmarshal(data, payload); err != nil {
		return nil, &PayloadError{Problem: "is not valid"}
	}
	return payload, nil
}
