package postgres

import (
	"os"
	"os/exec"
	"testing"

	"github.com/fraudguard/fraudguard/dev/postgres"
)

// TestDaemon runs the suite of the daemon's own package with each store in PostgreSQL, as the role with the
// fewest rights. What it leaves out is about copies of SQLite files.
func TestDaemon(t *testing.T) {
	s := servers[postgres.Versions()[0]]
	suite := exec.CommandContext(t.Context(), "go", "test", "-race", "-count=1", "-skip=^TestRestore$", "github.com/fraudguard/fraudguard/daemon")
	suite.Env = append(os.Environ(),
		"FRAUDGUARD_TEST_STORE_OWNER="+s.OwnerURL("postgres"),
		"FRAUDGUARD_TEST_STORE_GUARD="+s.URL(guardRole, newDatabase(t, s)),
		"FRAUDGUARD_TEST_STORE_PASSWORD="+guardPassword)
	out, err := suite.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
}
