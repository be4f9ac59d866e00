package ari

import (
	"context"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/fraudguard/fraudguard/ari/aritest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newClient is a client of the server that waits shorter than a real one.
func newClient(t testing.TB, server *aritest.Server, change ...func(*Config)) *Client {
	t.Helper()
	return clientOf(t, server.URL(), change...)
}

func clientOf(t testing.TB, address string, change ...func(*Config)) *Client {
	t.Helper()
	config := Config{URL: address, User: aritest.User, Password: aritest.Password, Application: aritest.Application, Timeout: 10 * time.Second}
	for _, c := range change {
		c(&config)
	}
	client, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	client.timing.retry, client.timing.retryMx = time.Millisecond, 20*time.Millisecond
	t.Cleanup(client.Close)
	return client
}

// within is a context for what must not take long.
func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}
