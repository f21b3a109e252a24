package main

import "fmt"

// View returns the markup that shows the value.
func (f field) View() string {
	value := "details." + f.Go()
	switch f.Kind {
	case "url":
		return `<a class="break-all text-accent-ink underline underline-offset-2" href={ templ.URL(` + value + `) } rel="noopener noreferrer">{ ` + value + ` }</a>`
	case "int":
		if f.Optional {
			value += ".V"
		}
		return "{ strconv.FormatInt(" + value + ", 10) }"
	case "bool":
		return "\nif " + value + " {\nYes\n} else {\nNo\n}\n"
	case "time":
		return "\n@components.Time(" + value + ", components.DateTime)\n"
	default:
		return "{ " + value + " }"
	}
}

// Control returns the field of the form. The title gets the focus.
func (f field) Control(title field) string {
	options := fmt.Sprintf("Name: %q,\nLabel: %q,\n", f.Column(), f.Label())
	if f.Kind == "bool" {
		return "@components.Checkbox(components.CheckboxOptions{\n" + options + fmt.Sprintf("Checked: v.Values.Has(%q),\n})", f.Column())
	}
	options += fmt.Sprintf("Value: v.Values.Get(%q),\n", f.Column()) + f.hint() + fmt.Sprintf("Error: components.ErrorFor(v.Err, %q),\n", f.Column())
	options += map[bool]string{true: "Optional: true,\n", false: "Required: true,\n"}[f.Optional]
	switch f.Kind {
	case "text":
		return "@components.TextArea(components.TextAreaOptions{\n" + options + "Rows: 6,\n})"
	case "int":
		options += "Type: \"number\",\n"
	case "time":
		options += "Type: \"datetime-local\",\n"
	case "url":
		options += "Type: \"url\",\n"
	}
	if f.IsText() {
		options += "MaxLength: Max" + f.Go() + ",\nAutocomplete: \"off\",\n"
	}
	if f.Go() == title.Go() {
		options += "Autofocus: v.Stored == nil && v.Err == nil,\n"
	}
	return "@components.Field(components.FieldOptions{\n" + options + "})"
}

func (f field) hint() string {
	switch f.Kind {
	case "time":
		return "Hint: \"In UTC.\",\n"
	case "url":
		return "Placeholder: \"https://\",\n"
	default:
		return ""
	}
}
