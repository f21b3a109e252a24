package payload

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/go-playground/validator/v10"
)

// rules reads validate tags. It keeps nothing but what it learned about types.
var rules = newRules()

func newRules() *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.RegisterTagNameFunc(func(field reflect.StructField) string {
		name, _ := jsonTag(field)
		return name
	})
	return v
}

// checkRules finds tags that are not understood, which would otherwise panic
// with the first payload.
func checkRules(t reflect.Type) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("a validate tag of %s: %v", t, cause)
		}
	}()
	_ = rules.Struct(reflect.New(t).Interface())
	return nil
}

// validate reports the first rule that a payload breaks.
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
		return "must " + sized(broken.Kind(), param+" or more")
	case "max", "lte":
		return "must " + sized(broken.Kind(), param+" or less")
	case "len":
		return "must " + sized(broken.Kind(), "exactly "+param)
	case "email", "url", "uri", "uuid", "hostname", "datetime":
		return "must be a valid " + tag
	default:
		if param != "" {
			tag += "=" + param
		}
		return fmt.Sprintf("breaks the rule %q", tag)
	}
}

// sized is how a bound reads for a text, a list or a number.
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
