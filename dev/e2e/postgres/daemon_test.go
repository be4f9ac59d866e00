package postgres

import (
	"os"
	"os/exec"
	"regexp"
	"testing"

	"github.com/fraudguard/fraudguard/dev/postgres"
)

// daemonStores is a number that the stores of the daemon's suite exceed.
const daemonStores = 80

// storeOpened is what the server logs when the guard's role enters a database that the suite has made.
var storeOpened = regexp.MustCompile(`connection authorized: user=` + guardRole + ` database=(test\.db-\S+)`)

// TestDaemon runs the suite of the daemon's own package with each store in PostgreSQL, as the role with the
// fewest rights. What it leaves out is about copies of SQLite files. One version is enough: where versions
// could differ is below store.Store, and the conformance suite holds all of them to that.
func TestDaemon(t *testing.T) {
	s := servers[postgres.Versions()[0]]
	execute(t, s, "postgres", "ALTER SYSTEM SET log_connections = on")
	execute(t, s, "postgres", "SELECT pg_reload_conf()")
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
	// Without these variables the suite uses SQLite, and passes as well: only the server can tell.
	opened := make(map[string]bool)
	for _, found := range storeOpened.FindAllStringSubmatch(s.Log(), -1) {
		opened[found[1]] = true
	}
	t.Logf("the guard's role was in %d databases of the suite", len(opened))
	if len(opened) < daemonStores {
		t.Errorf("the guard's role was in %d databases of the suite, which has more than %d stores: did the others go to SQLite?", len(opened), daemonStores)
	}
}
