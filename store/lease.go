package store

import "time"

// LeaseRequest asks for a server, so that only one guard watches and steers it.
type LeaseRequest struct {
	Server string
	// Holder tells the guard from all others, those on the same machine too.
	Holder string
	// Dead, where not empty, is a holder that is known to be gone: what it has is free.
	Dead string
	// For is how long the lease lasts unless it is renewed.
	For time.Duration
}

// Lease says who has a server.
type Lease struct {
	Server, Holder string
	// Since is when the holder took it, Until when it runs out, by the store's clock.
	Since, Until time.Time
}
