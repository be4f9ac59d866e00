# While there is no deck, a call has no price, but it has minutes: whole ones, to one route that has
# no other name. Caps on those hold.
cap */* route_minutes_per_day 1
cap * minutes_per_day 3

10:00:00 channel a PJSIP/101-a account=acme
10:00:00 channel a1 PJSIP/carrier-a linked=a
10:00:00 dial a a1 00441112222
  > limit a1 to 59.8s
  > save leg a1 acme/101 +441112222 unpriced: allow ringing
10:00:01 answer a1
  > save leg a1 acme/101 +441112222 unpriced: allow answered 10:00:01
  > save incident caps.extension.route_minutes_per_day.warn_at acme/101: acme/101 has used 1 of its cap of 1 on the billed minutes to one route in a local day (unpriced) [tell]
10:00:02 channel b PJSIP/101-b account=acme
10:00:02 channel b1 PJSIP/carrier-b linked=b
10:00:02 dial b b1 0033112222333
  > hang up b1 by ARI (refused)
  > limit b1 to 1s
  > save leg b1 acme/101 +33112222333 unpriced: deny ringing
  > save incident caps.extension.route_minutes_per_day acme/101: acme/101 has spent 1 and holds 0 of its cap of 1 on the billed minutes to one route in a local day (unpriced); the call needs 1 at once [refuse the call]
10:00:02.1 end b1
  > save leg b1 acme/101 +33112222333 unpriced: deny ringing, ended 10:00:02.1, 0.00 for 0 s
  10:00:56.55 tick
  > limit a1 to 4.249s
  > save leg a1 acme/101 +441112222 unpriced: allow answered 10:00:01
  10:01:00.5 tick
  > hang up a1 by ARI (cut)
  > save leg a1 acme/101 +441112222 unpriced: cut answered 10:00:01
  > save incident caps.extension.route_minutes_per_day acme/101: acme/101 has used up its cap of 1 on the billed minutes to one route in a local day (unpriced) [hang up]
10:01:00.6 end a1
  > save leg a1 acme/101 +441112222 unpriced: cut answered 10:00:01, ended 10:01:00.6, 0.00 for 60 s
  > save charge a1 acme/101 2026-11-21: 0.00 for 60 s
10:01:01 ledger
  > ledger acme/101 2026-11-21 cost 0.00, 60 s, 1 calls, 2 attempts
  > ledger acme/101 2026-11 cost 0.00, 60 s, 1 calls, 2 attempts
