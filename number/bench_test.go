package number

import "testing"

func BenchmarkParse(b *testing.B) {
	for _, c := range []struct{ plan, name, dialled string }{
		{"IT", "national", "3331234567"}, {"IT", "E.164", "+390612345678"}, {"IT", "emergency", "112"}, {"IT", "international", "004915112345678"},
		{"IT", "NANP", "0018765551234"}, {"IT", "shared code", "00447781123456"}, {"IT", "nonsense", "00447781123456999999999999999999"},
		{"GB", "national shared", "02079460000"}, {"IT all", "all codes", "1234#9*31#103300441481960000"}, {"US", "national", "12125551234"}, {"BR", "national", "015 11 98765 4321"},
	} {
		b.Run(c.plan+" "+c.name, func(b *testing.B) {
			p, ok := plans[c.plan]
			if !ok {
				p = codePlans()[c.plan]
			}
			if _, err := p.Parse(c.dialled); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				_, _ = p.Parse(c.dialled)
			}
		})
	}
}

func BenchmarkLoadNumbering(b *testing.B) {
	for b.Loop() {
		loadNumbering()
	}
}
