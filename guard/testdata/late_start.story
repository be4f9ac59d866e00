# The guard starts while calls are up. What it missed is estimated on the dear side, and who pays
# is the phone with which the call began.
cap */* cost_per_day 5.00
price 4490 uk-premium 3.00 60/60
price 44 uk 0.06 1/1

10:00:00 up
  > no flags below block
  > no flags below closed
  > no flags below fail_mode
10:00:00.001 channel a PJSIP/101-01 account=acme
10:00:00.002 channel a1 PJSIP/carrier-02 linked=a in
10:00:00.003 channel x1 PJSIP/carrier-03 in
10:00:00.100 list a:up a1:up:00449001111 x1:up
  > limit a1 to 59.8s
  > hang up a1 by ARI (cut)
  > limit a1 to 1s
  > save leg a1 acme/101 +449001111 uk-premium: cut answered 09:59:00.1, estimated
  > save incident caps.extension.cost_per_day acme/101: acme/101 has used up its cap of 5.00 on the cost of a local day [hang up]
10:00:00.300 end a1
  > save leg a1 acme/101 +449001111 uk-premium: cut answered 09:59:00.1, ended 10:00:00.3, 6.00 for 120 s, estimated
  > save charge a1 acme/101 2026-11-21: 6.00 for 120 s
  > save incident caps.extension.cost_per_day.warn_at acme/101: acme/101 has used 6.00 of its cap of 5.00 on the cost of a local day [tell]
10:00:00.400 cdr a a1 50
  > save leg a1 acme/101 +449001111 uk-premium: cut answered 09:59:00.1, ended 10:00:00.3, 6.00 for 120 s, Asterisk says 50 s, estimated
10:00:32 ledger
  > ledger acme/101 2026-11-21 cost 6.00, 120 s, 1 calls, 1 attempts
  > ledger acme/101 2026-11 cost 6.00, 120 s, 1 calls, 1 attempts
