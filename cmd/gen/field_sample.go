package main

import "fmt"

// TestValue is a valid value, and TestInput how it is typed.
func (f field) TestValue() string {
	switch f.Kind {
	case "int":
		if f.Optional {
			return "sql.Null[int64]{V: 0, Valid: true}" // 0 is not the same as none
		}
		return "7"
	case "bool":
		return "true"
	case "time":
		return "april"
	case "url":
		return `"https://example.com/` + f.name.Kebab() + `"`
	default:
		return fmt.Sprintf("%q", "Some "+f.name.Spaced())
	}
}

// TestInput is TestValue as it is typed.
func (f field) TestInput() string {
	switch f.Kind {
	case "int":
		return map[bool]string{true: `"0"`, false: `"7"`}[f.Optional]
	case "bool":
		return `"on"`
	case "time":
		return `"2026-04-05T06:07"`
	default:
		return f.TestValue()
	}
}

// wrongValue is an invalid value.
type wrongValue struct{ Name, Value string }

// TestWrong returns invalid values for the tests of a feature.
func (f field) TestWrong(feature string) []wrongValue {
	var wrong []wrongValue
	if !f.Optional && f.IsText() {
		wrong = append(wrong, wrongValue{"missing", `" "`})
	}
	switch f.Kind {
	case "string", "text":
		wrong = append(wrong,
			wrongValue{"too long", fmt.Sprintf(`strings.Repeat("ä", %s.Max%s+1)`, feature, f.Go())},
			wrongValue{"not text", `"a\x00b"`})
	case "url":
		wrong = append(wrong,
			wrongValue{"too long", fmt.Sprintf(`"https://example.com/" + strings.Repeat("a", %s.Max%s)`, feature, f.Go())},
			wrongValue{"a script", `"javascript:alert(1)"`},
			wrongValue{"not a URL", `"example"`})
	case "time":
		wrong = append(wrong, wrongValue{"too far away", "time.Date(12026, 1, 1, 0, 0, 0, 0, time.UTC)"})
		if !f.Optional {
			wrong = append(wrong, wrongValue{"missing", "time.Time{}"})
		}
	}
	return wrong
}

// BadInput is something invalid that people may type; "" if there is nothing.
func (f field) BadInput(feature string) string {
	switch {
	case f.Kind == "bool":
		return ""
	case f.Kind == "int":
		return `"many"`
	case f.Kind == "time":
		return `"yesterday"`
	case f.Kind == "url":
		return `"javascript:alert(1)"`
	case !f.Optional:
		return `" "`
	default:
		return fmt.Sprintf(`strings.Repeat("ä", %s.Max%s+1)`, feature, f.Go())
	}
}

// sample is a value for the sample data with this number.
func (f field) sample(title field, number int) string {
	switch {
	case f.Go() == title.Go():
		return fmt.Sprintf("%q", []string{"The third", "The second", "The first"}[number])
	case f.Kind == "int" && f.Optional:
		return fmt.Sprintf("sql.Null[int64]{V: %d, Valid: true}", 3-number)
	case f.Kind == "int":
		return fmt.Sprint(3 - number)
	case f.Kind == "bool":
		return fmt.Sprint(number == 1)
	case f.Kind == "time":
		return fmt.Sprintf("time.Date(2026, time.March, %d, 9, 0, 0, 0, time.UTC)", 20-number)
	case f.Kind == "url":
		return fmt.Sprintf("%q", fmt.Sprintf("https://example.com/%d", 3-number))
	default:
		return fmt.Sprintf("%q", fmt.Sprintf("%s of the %s", f.Label(), []string{"third", "second", "first"}[number]))
	}
}
