package site

import (
	"context"
	"fmt"
	"os"
)

// Tests builds fraudguard with the race detector for the tests of a package, puts its path in program, and runs
// them. It gives the exit code, and leaves nothing behind.
func Tests(program *string, run func() int) int {
	folder, err := os.MkdirTemp("", "fraudguard-tests-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(folder)
	if *program, err = Program(context.Background(), folder, true); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return run()
}
