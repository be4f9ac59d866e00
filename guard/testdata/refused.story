# Refusals by price and by number.
cap */* route_cost_per_minute 0.50
price 44 uk 0.06 1/1
price 4490 uk-premium 3.00 60/60

10:00:00 channel a PJSIP/101-01 account=acme
10:00:00.001 channel a1 PJSIP/carrier-02 linked=a
10:00:00.002 dial a a1 00449001111
  > hang up a1 by ARI (refused)
  > limit a1 to 1s
  > save leg a1 acme/101 +449001111 uk-premium: deny ringing
  > save incident caps.route.cost_per_minute acme/101: the route costs 3.00 per minute; the cap is 0.50 [refuse the call]
10:00:00.010 end a1
  > save leg a1 acme/101 +449001111 uk-premium: deny ringing, ended 10:00:00.01, 0.00 for 0 s
10:00:01 channel b1 PJSIP/carrier-03 linked=a
10:00:01.001 dial a b1 0033123456789
  > hang up b1 by ARI (refused)
  > limit b1 to 1s
  > save leg b1 acme/101 +33123456789 unpriced: deny ringing
  > save incident rates.unpriced acme/101: deck default@1 has no price for +33123456789 [refuse the call]
10:00:01.010 end b1
  > save leg b1 acme/101 +33123456789 unpriced: deny ringing, ended 10:00:01.01, 0.00 for 0 s
10:00:02 channel c1 PJSIP/carrier-04 linked=a
10:00:02.001 dial a c1 00zz44
  > hang up c1 by ARI (refused)
  > limit c1 to 1s
  > save leg c1 acme/101 +00zz44 unpriced: deny ringing
  > save incident number.unparseable acme/101: the dialled number cannot be read: dialled "00zz44": letters inside [refuse the call]
10:00:02.010 end c1
  > save leg c1 acme/101 +00zz44 unpriced: deny ringing, ended 10:00:02.01, 0.00 for 0 s
10:00:03 ledger
  > ledger acme/101 2026-11-21 cost 0.00, 0 s, 0 calls, 3 attempts
  > ledger acme/101 2026-11 cost 0.00, 0 s, 0 calls, 3 attempts
