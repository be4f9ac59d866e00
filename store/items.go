package store

import (
	"encoding/json"
	"strings"
)

// ItemsText writes a list as a JSON array that people can read in SQL, without the escapes that HTML
// needs. Evidence and actions are kept so.
func ItemsText[T any](list []T) (string, error) {
	if len(list) == 0 {
		return "[]", nil
	}
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(list)
	return strings.TrimSuffix(text.String(), "\n"), err
}

// Items is the way back; an empty list is nil.
func Items[T any](text string) ([]T, error) {
	if text == "[]" {
		return nil, nil
	}
	var list []T
	err := json.Unmarshal([]byte(text), &list)
	return list, err
}
