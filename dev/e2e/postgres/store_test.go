package postgres

import (
	"testing"

	"github.com/fraudguard/fraudguard/dev/postgres"
	"github.com/fraudguard/fraudguard/store"
	"github.com/fraudguard/fraudguard/store/storetest"
)

func TestStore(t *testing.T) {
	each(t, func(t *testing.T, s *postgres.Server) {
		storetest.Run(t, func(t *testing.T) store.Store { return newStore(t, s) })
	})
}
