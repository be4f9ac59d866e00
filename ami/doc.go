// Package ami speaks the Asterisk Manager Interface: the line protocol in which Asterisk tells what happens to its
// channels and takes orders about them.
//
// It has three layers. Reader and Action are the wire: bytes to messages and back. Session is one connection that has
// logged in: pipelined actions and an ordered stream of events. Link keeps a session alive for as long as its context
// lives, and tells a Sink what it sees, gaps included.
//
// The other side is not trusted. A caller chooses the name that Asterisk prints in its events, so lines, messages,
// lists and queues have limits, and what goes over a limit is shortened or counted, never silently lost and never a
// reason to drop the link: somebody who can send long strings must not be able to blind the guard.
package ami
