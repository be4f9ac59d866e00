package guard

// lookAtClock looks whether the machine's clock was set since the last fact. Live legs cost what they last all
// the same; but they may spend in other days now, in which other sums are spent already.
func (g *Guard) lookAtClock() {
	if !g.book.Look(g.now) {
		return
	}
	if day, unknown := g.book.Unknown(); unknown {
		g.protect = append(g.protect, FindTotals{Day: day})
	}
	g.retimeAll()
}

// totalsRead takes in what the store has of the day to which the clock was set.
func (g *Guard) totalsRead(f TotalsRead) {
	g.book.Recall(f.Day, f.Days, f.Routes, g.now)
	g.retimeAll()
}

// retimeAll works out anew until when each live leg may go on, and who has used up a cap.
func (g *Guard) retimeAll() {
	g.reopen()
	for _, tenant := range g.liveTenants() {
		g.retime(tenant)
	}
}
