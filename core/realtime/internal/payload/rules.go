package payload

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/go-playground/validator/v10"
)

// rules checks validate tags. It only caches what it knows about types.
var rules = newRules()

func newRules() *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.RegisterTagNameFunc(func(field reflect.StructField) string {
		name, _ := jsonTag(field)
		return name
	})
	return v
}

// checkRules finds invalid tags, which would otherwise panic on the first payload.
func checkRules(t reflect.Type) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("a validate tag of %s: %v", t, cause)
		}
	}()
	_ = rules.Struct(reflect.New(t).Interface())
	return nil
}

// validate returns an error for the first rule that a payload violates.
func validate(payload any) error {
	err := rules.Struct(payload)
	if err == nil {
		return nil
	}
	broken, ok := errors.AsType[validator.ValidationErrors](err)
	if !ok || len(broken) == 0 {
		return fmt.Errorf("validate payload: %w", err)
	}
	_, field, _ := strings.Cut(broken[0].Namespace(), ".")
	return &Error{Field: field, Problem: ruleProblem(broken[0])}
}

func ruleProblem(broken validator.FieldError) string {
	param := broken.Param()
	switch tag := broken.Tag(); tag {
	case "required":
		return "must not be empty"
	case "oneof":
		return "must be one of " + strings.Join(strings.Fields(param), ", ")
	case "min", "gte":
		return "must " + sized(broken.Kind(), "at least "+param)
	case "max", "lte":
		return "must " + sized(broken.Kind(), "at most "+param)
	case "len":
		return "must " + sized(broken.Kind(), "exactly "+param)
	case "email", "url", "uri", "uuid", "hostname", "datetime":
		return "must be a valid " + tag
	default:
		if param != "" {
			tag += "=" + param
		}
		return fmt.Sprintf("violates the rule %q", tag)
	}
}

// sized returns the wording of a bound for a string, a list or a number.
func sized(kind reflect.Kind, bound string) string {
	switch kind {
	case reflect.String:
		return "have " + bound + " characters"
	case reflect.Slice, reflect.Array, reflect.Map:
		return "have " + bound + " entries"
	default:
		return "be " + bound
	}
}
