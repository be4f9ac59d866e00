// Package docs has the example configuration, which the program carries with it.
package docs

import _ "embed"

// ExampleConfiguration begins in observe mode.
//
//go:embed fraudguard.example.toml
var ExampleConfiguration string
