package daemon

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if folder := os.Getenv(killedFolder); folder != "" {
		recordUntilKilled(folder, os.Getenv(killedStore), os.Getenv(killedPlan), os.Getenv(killedFirst))
	}
	goleak.VerifyTestMain(m)
}
