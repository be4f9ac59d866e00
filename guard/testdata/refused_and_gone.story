# Asterisk answers that a refused leg is gone before its end is seen. Nobody has answered it meanwhile, so
# it costs nothing, and the leg that was let through before it is not cut.
cap */* cost_per_day 1.00
price 4490 uk-premium 0.60 60/60

10:00:00 channel a PJSIP/101-01 account=acme
10:00:00.001 channel a1 PJSIP/carrier-02 linked=a
10:00:00.002 dial a a1 00449001111
  > limit a1 to 59.8s
  > save leg a1 acme/101 +449001111 uk-premium: allow ringing
10:00:00.003 channel b PJSIP/101-03 account=acme
10:00:00.004 channel b1 PJSIP/carrier-04 linked=b
10:00:00.005 dial b b1 00449001112
  > hang up b1 by ARI (refused)
  > limit b1 to 1s
  > save leg b1 acme/101 +449001112 uk-premium: deny ringing
  > save incident caps.extension.cost_per_day acme/101: acme/101 has spent 0.00 and holds 0.60 of its cap of 1.00 on the cost of a local day; the call needs 0.60 at once [refuse the call]
10:00:00.006 refused-to-hang-up b1 gone
10:00:00.100 answer a1
  > save leg a1 acme/101 +449001111 uk-premium: allow answered 10:00:00.1
10:00:00.200 end b1
  > save leg b1 acme/101 +449001112 uk-premium: deny ringing, ended 10:00:00.2, 0.00 for 0 s
10:00:30 end a1
  > save leg a1 acme/101 +449001111 uk-premium: allow answered 10:00:00.1, ended 10:00:30, 0.60 for 60 s
  > save charge a1 acme/101 2026-11-21: 0.60 for 60 s
# An end that is never seen is charged on the dear side, once it is certain that it is not on its way.
10:01:00 channel c PJSIP/101-05 account=acme
10:01:00.001 channel c1 PJSIP/carrier-06 linked=c
10:01:00.002 dial c c1 00449001113
  > hang up c1 by ARI (refused)
  > limit c1 to 1s
  > save leg c1 acme/101 +449001113 uk-premium: deny ringing
  > save incident caps.extension.cost_per_day acme/101: acme/101 has spent 0.60 and holds 0.00 of its cap of 1.00 on the cost of a local day; the call needs 0.60 at once [refuse the call]
10:01:00.003 refused-to-hang-up c1 gone
  10:01:02.003 tick
  > save leg c1 acme/101 +449001113 uk-premium: deny answered 10:01:00.002, ended 10:01:00.003, 0.60 for 60 s, estimated
  > save incident caps.extension.cost_per_day.warn_at acme/101: acme/101 has used 1.20 of its cap of 1.00 on the cost of a local day [tell]
  > save charge c1 acme/101 2026-11-21: 0.60 for 60 s
10:02:00 ledger
  > ledger acme/101 2026-11-21 cost 1.20, 120 s, 2 calls, 3 attempts
  > ledger acme/101 2026-11 cost 1.20, 120 s, 2 calls, 3 attempts
