# A stolen extension dials premium numbers in parallel until its cap for the day is used up. Each
# leg is cut half a second before the increment that would not fit; then nothing gets through.
cap */* cost_per_day 1.00
cap * cost_per_day 5.00
price 44 uk 0.06 1/1
price 4490 uk-premium 3.00 1/1

10:00:00 channel a PJSIP/101-00000001 account=acme
10:00:00.010 channel a1 PJSIP/carrier-00000002 linked=a
10:00:00.011 dial a a1 00449001111
  > limit a1 to 19.8s
  > save leg a1 acme/101 +449001111 uk-premium: allow ringing
10:00:01 answer a1
  > save leg a1 acme/101 +449001111 uk-premium: allow answered 10:00:01
10:00:01 channel b PJSIP/101-00000003 account=acme
10:00:01.010 channel b1 PJSIP/carrier-00000004 linked=b
10:00:01.011 dial b b1 00449002222
  > limit a1 to 9.789s
  > limit b1 to 9.8s
  > save leg b1 acme/101 +449002222 uk-premium: allow ringing
  > save leg a1 acme/101 +449001111 uk-premium: allow answered 10:00:01
10:00:02 answer b1
  > save leg b1 acme/101 +449002222 uk-premium: allow answered 10:00:02
  10:00:07.087 tick
  > limit b1 to 4.712s
  > save leg b1 acme/101 +449002222 uk-premium: allow answered 10:00:02
  10:00:09.233 tick
  > save incident caps.extension.cost_per_day.warn_at acme/101: acme/101 has used 0.85 of its cap of 1.00 on the cost of a local day [tell]
  10:00:10.5 tick
  > hang up a1 by ARI (cut)
  > save leg a1 acme/101 +449001111 uk-premium: cut answered 10:00:01
  > save incident caps.extension.cost_per_day acme/101: acme/101 has used up its cap of 1.00 on the cost of a local day [hang up]
10:00:10.505 end a1
  > save leg a1 acme/101 +449001111 uk-premium: cut answered 10:00:01, ended 10:00:10.505, 0.50 for 10 s
  > save charge a1 acme/101 2026-11-21: 0.50 for 10 s
10:00:10.506 end b1
  > save leg b1 acme/101 +449002222 uk-premium: allow answered 10:00:02, ended 10:00:10.506, 0.45 for 9 s
  > save charge b1 acme/101 2026-11-21: 0.45 for 9 s
10:00:11.700 ledger
  > ledger acme/101 2026-11-21 cost 0.95, 19 s, 2 calls, 2 attempts
  > ledger acme/101 2026-11 cost 0.95, 19 s, 2 calls, 2 attempts
10:00:12 channel c PJSIP/101-00000005 account=acme
10:00:12.010 channel c1 PJSIP/carrier-00000006 linked=c
10:00:12.011 dial c c1 00449003333
  > limit c1 to 800ms
  > save leg c1 acme/101 +449003333 uk-premium: allow ringing
10:00:12.020 end c1
  > save leg c1 acme/101 +449003333 uk-premium: allow ringing, ended 10:00:12.02, 0.00 for 0 s
# Another extension of the tenant still dials.
10:00:13 channel d PJSIP/102-00000007 account=acme
10:00:13.010 channel d1 PJSIP/carrier-00000008 linked=d
10:00:13.011 dial d d1 00441112222
  > limit d1 to 15m0s
  > save leg d1 acme/102 +441112222 uk: allow ringing
10:00:14 answer d1
  > save leg d1 acme/102 +441112222 uk: allow answered 10:00:14
10:00:20.500 end d1
  > save leg d1 acme/102 +441112222 uk: allow answered 10:00:14, ended 10:00:20.5, 0.007 for 7 s
  > save charge d1 acme/102 2026-11-21: 0.007 for 7 s
10:00:21 ledger
  > ledger acme/101 2026-11-21 cost 0.95, 19 s, 2 calls, 3 attempts
  > ledger acme/102 2026-11-21 cost 0.007, 7 s, 1 calls, 1 attempts
  > ledger acme/101 2026-11 cost 0.95, 19 s, 2 calls, 3 attempts
  > ledger acme/102 2026-11 cost 0.007, 7 s, 1 calls, 1 attempts
