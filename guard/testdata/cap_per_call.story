# Caps on each call: one that would need more at once is refused, the others end in time, however
# little else was used. The tenant's cap holds for each of its calls.
cap */* cost_per_call 0.50
cap * minutes_per_call 2
price 44 uk 0.06 60/60
price 4490 uk-premium 3.00 1/1
price 370 lithuania 0.10 1/1 0.60

10:00:00 channel a PJSIP/101-a account=acme
10:00:00 channel a1 PJSIP/carrier-a linked=a
10:00:00 dial a a1 00441112222
  > limit a1 to 1m59.8s
  > save leg a1 acme/101 +441112222 uk: allow ringing
10:00:01 answer a1
  > save leg a1 acme/101 +441112222 uk: allow answered 10:00:01
10:00:02 channel b PJSIP/101-b account=acme
10:00:02 channel b1 PJSIP/carrier-b linked=b
10:00:02 dial b b1 00449001111
  > limit b1 to 9.8s
  > save leg b1 acme/101 +449001111 uk-premium: allow ringing
10:00:03 answer b1
  > save leg b1 acme/101 +449001111 uk-premium: allow answered 10:00:03
10:00:04 channel c PJSIP/101-c account=acme
10:00:04 channel c1 PJSIP/carrier-c linked=c
10:00:04 dial c c1 0037061234567
  > hang up c1 by ARI (refused)
  > limit c1 to 1s
  > save leg c1 acme/101 +37061234567 lithuania: deny ringing
  > save incident caps.extension.cost_per_call acme/101: the call needs 0.601667 at once; the cap of acme/101 on the cost of one call is 0.50 [refuse the call]
10:00:04.1 end c1
  > save leg c1 acme/101 +37061234567 lithuania: deny ringing, ended 10:00:04.1, 0.00 for 0 s
  10:00:08.087 tick
  > limit b1 to 4.712s
  > save leg b1 acme/101 +449001111 uk-premium: allow answered 10:00:03
  10:00:12.5 tick
  > hang up b1 by ARI (cut)
  > save leg b1 acme/101 +449001111 uk-premium: cut answered 10:00:03
  > save incident caps.extension.cost_per_call acme/101: the call has used up the cap of acme/101 on the cost of one call, which is 0.50 [hang up]
10:00:12.6 end b1
  > save leg b1 acme/101 +449001111 uk-premium: cut answered 10:00:03, ended 10:00:12.6, 0.50 for 10 s
  > save charge b1 acme/101 2026-11-21: 0.50 for 10 s
  10:01:56.036 tick
  > limit a1 to 4.763s
  > save leg a1 acme/101 +441112222 uk: allow answered 10:00:01
  10:02:00.5 tick
  > hang up a1 by ARI (cut)
  > save leg a1 acme/101 +441112222 uk: cut answered 10:00:01
  > save incident caps.tenant.minutes_per_call acme/101: the call has used up the cap of tenant acme on the billed minutes of one call, which is 2 [hang up]
10:02:00.6 end a1
  > save leg a1 acme/101 +441112222 uk: cut answered 10:00:01, ended 10:02:00.6, 0.12 for 120 s
  > save charge a1 acme/101 2026-11-21: 0.12 for 120 s
10:02:01 ledger
  > ledger acme/101 2026-11-21 cost 0.62, 130 s, 2 calls, 3 attempts
  > ledger acme/101 2026-11 cost 0.62, 130 s, 2 calls, 3 attempts
