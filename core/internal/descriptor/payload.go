package descriptor

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"github.com/go-playground/validator/v10"
)

// MaxPayload is the maximum size of a payload as JSON, in bytes. Larger data
// belongs in a table, and its id in the payload.
const MaxPayload = 1 << 20

// rules is shared because the validator caches the types it has seen.
var rules = sync.OnceValue(func() *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.RegisterTagNameFunc(jsonName)
	return v
})

// CheckPayload reports what is wrong with a payload type: it must be a struct
// whose fields have json tags, that can be encoded, and whose validate tags are
// valid.
func CheckPayload(payload reflect.Type) error {
	if payload.Kind() != reflect.Struct {
		return fmt.Errorf("the payload %s must be a struct", payload)
	}
	if err := checkFields(payload, map[reflect.Type]bool{payload: true}); err != nil {
		return err
	}
	zero := reflect.New(payload).Elem().Interface()
	if _, err := json.Marshal(zero); err != nil {
		return fmt.Errorf("the payload %s cannot be encoded as JSON: %w", payload, err)
	}
	if err := validate(zero); err != nil && !isViolation(err) {
		return fmt.Errorf("the payload %s: %w", payload, err)
	}
	return nil
}

// checkFields checks every field that JSON encodes, at any depth.
func checkFields(payload reflect.Type, seen map[reflect.Type]bool) error {
	for field := range payload.Fields() {
		tag, tagged := field.Tag.Lookup("json")
		switch {
		case tag == "-", !field.IsExported() && !field.Anonymous:
			continue
		case !tagged && !field.Anonymous:
			return fmt.Errorf("the field %s of %s needs a json tag, because stored payloads outlive the field's name", field.Name, payload)
		}
		if err := checkType(field.Type, seen); err != nil {
			return fmt.Errorf("the field %s of %s %w", field.Name, payload, err)
		}
	}
	return nil
}

var marshalers = []reflect.Type{reflect.TypeFor[json.Marshaler](), reflect.TypeFor[encoding.TextMarshaler]()}

func checkType(t reflect.Type, seen map[reflect.Type]bool) error {
	for _, marshaler := range marshalers {
		if t.Implements(marshaler) || reflect.PointerTo(t).Implements(marshaler) {
			return nil // it encodes itself
		}
	}
	if seen[t] {
		return nil
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Chan, reflect.Func, reflect.Complex64, reflect.Complex128, reflect.UnsafePointer:
		return errors.New("cannot be encoded as JSON")
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return checkType(t.Elem(), seen)
	case reflect.Struct:
		if err := checkFields(t, seen); err != nil {
			return fmt.Errorf("is invalid: %w", err)
		}
	}
	return nil
}

// Encode validates a payload and encodes it as JSON.
func Encode(payload any) (json.RawMessage, error) {
	if err := validate(payload); err != nil {
		return nil, err
	}
	raw, err := json.Marshal(payload)
	if err != nil {
		return nil, fmt.Errorf("encode the payload as JSON: %w", err)
	}
	if len(raw) > MaxPayload {
		return nil, fmt.Errorf("the payload has %d bytes, and at most %d are allowed: store the data in a table and its id in the payload", len(raw), MaxPayload)
	}
	if containsNUL(raw) {
		return nil, errors.New("the payload contains a NUL character, which PostgreSQL cannot store")
	}
	return raw, nil
}

// Decode decodes a stored payload into the value that into points to, and
// validates it. It may have been stored by an older or a newer program, so
// unknown fields are ignored and missing ones are zero; the validate tags decide
// whether that is acceptable.
func Decode(raw json.RawMessage, into any) error {
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("decode the stored payload: %w", err)
	}
	if err := validate(into); err != nil {
		return fmt.Errorf("the stored payload: %w", err)
	}
	return nil
}

// validate turns the validator's panic about an invalid tag into an error.
func validate(payload any) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = fmt.Errorf("invalid validate tag: %v", value)
		}
	}()
	if violations, ok := errors.AsType[validator.ValidationErrors](rules().Struct(payload)); ok {
		return &violated{payload: reflect.Indirect(reflect.ValueOf(payload)).Type(), violations: violations}
	}
	return nil
}

// violated names the violated rules but not the values, because its text is logged.
type violated struct {
	payload    reflect.Type
	violations validator.ValidationErrors
}

func (v *violated) Error() string {
	texts := make([]string, 0, len(v.violations))
	for _, violation := range v.violations {
		rule := violation.Tag()
		if violation.Param() != "" {
			rule += "=" + violation.Param()
		}
		path := strings.TrimPrefix(violation.Namespace(), v.payload.Name()+".")
		texts = append(texts, fmt.Sprintf("the field %q violates the rule %q", path, rule))
	}
	return strings.Join(texts, ", ")
}

func isViolation(err error) bool {
	_, ok := errors.AsType[*violated](err)
	return ok
}

func jsonName(field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	if name == "" || name == "-" {
		return field.Name
	}
	return name
}

// containsNUL finds the escape of a NUL, but not an escaped backslash followed
// by the text u0000.
func containsNUL(raw []byte) bool {
	nul := []byte(`\u0000`)
	for {
		at := bytes.Index(raw, nul)
		if at < 0 {
			return false
		}
		backslashes := 0
		for backslashes < at && raw[at-1-backslashes] == '\\' {
			backslashes++
		}
		if backslashes%2 == 0 {
			return true
		}
		raw = raw[at+len(nul):]
	}
}
