package message

// Typed is what a page of settings shows and sends back: values by field.
// Secrets are absent from what is shown; Kept says which are there.
type Typed struct {
	Values map[string]string
	Kept   map[string]bool
}

// Show gives what a page may show of kept settings.
func Show(fields []Field, kept map[string]any) Typed {
	shown := Typed{Values: map[string]string{}, Kept: map[string]bool{}}
	for _, field := range fields {
		switch value := kept[field.Name].(type) {
		case string:
			shown.Kept[field.Name] = value != ""
			if !field.Secret {
				shown.Values[field.Name] = value
			}
		case bool:
			if value {
				shown.Values[field.Name] = "true"
			}
		}
	}
	return shown
}

// Fill puts what was typed into kept settings. An empty secret keeps what there
// is, and so does all that no field is for.
func Fill(fields []Field, kept map[string]any, typed map[string]string) {
	for _, field := range fields {
		value := typed[field.Name]
		switch {
		case field.Kind == SwitchField:
			kept[field.Name] = value != ""
		case value != "":
			kept[field.Name] = value
		case !field.Secret:
			delete(kept, field.Name)
		}
	}
}
