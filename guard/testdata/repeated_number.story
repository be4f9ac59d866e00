# The seed rule: more than 3 attempts to one international number within 5 minutes block the
# extension. The crossing attempt is refused, the live leg is hung up, later ones are refused.
repeated_number 3 5m block 1h
price 44 uk 0.06 1/1
price 39 italy 0.01 1/1

10:00:00 channel a PJSIP/101-01 account=acme
10:00:00.001 channel a1 PJSIP/carrier-02 linked=a
10:00:00.002 dial a a1 00441112222
  > limit a1 to 15m0s
  > save leg a1 acme/101 +441112222 uk: allow ringing
10:00:01 answer a1
  > save leg a1 acme/101 +441112222 uk: allow answered 10:00:01
10:01:00 channel b PJSIP/101-03 account=acme
10:01:00.001 channel b1 PJSIP/carrier-04 linked=b
10:01:00.002 dial b b1 00441112222
  > limit b1 to 15m0s
  > save leg b1 acme/101 +441112222 uk: allow ringing
10:01:05 end b1
  > save leg b1 acme/101 +441112222 uk: allow ringing, ended 10:01:05, 0.00 for 0 s
10:02:00 channel c PJSIP/101-05 account=acme
10:02:00.001 channel c1 PJSIP/carrier-06 linked=c
10:02:00.002 dial c c1 00441112222
  > limit c1 to 15m0s
  > save leg c1 acme/101 +441112222 uk: allow ringing
10:02:05 end c1
  > save leg c1 acme/101 +441112222 uk: allow ringing, ended 10:02:05, 0.00 for 0 s
# The fourth within the window crosses.
10:03:00 channel d PJSIP/101-07 account=acme
10:03:00.001 channel d1 PJSIP/carrier-08 linked=d
10:03:00.002 dial d d1 00441112222
  > hang up d1 by ARI (refused)
  > limit d1 to 1s
  > flag block/extension/acme/101 = 1795258980
  > hang up a1 by ARI (cut)
  > limit a1 to 1s
  > save leg d1 acme/101 +441112222 uk: deny ringing
  > save leg a1 acme/101 +441112222 uk: cut answered 10:00:01
  > save incident abuse.repeated_number acme/101: 4 attempts to +441112222 within 3m0s; 3 within 5m0s are allowed [refuse the call, hang up the account's live calls, block the extension for 1h0m0s]
  > save block acme/101 by abuse.repeated_number until 11:03:00.002
  > save incident abuse.repeated_number acme/101: 4 attempts to +441112222 within 3m0s; 3 within 5m0s are allowed [hang up]
10:03:00.010 end d1
  > save leg d1 acme/101 +441112222 uk: deny ringing, ended 10:03:00.01, 0.00 for 0 s
10:03:00.011 end a1
  > save leg a1 acme/101 +441112222 uk: cut answered 10:00:01, ended 10:03:00.011, 0.18 for 180 s
  > save charge a1 acme/101 2026-11-21: 0.18 for 180 s
# Blocked, to any number; but not for an emergency.
10:03:10 channel e PJSIP/101-09 account=acme
10:03:10.001 channel e1 PJSIP/carrier-0a linked=e
10:03:10.002 dial e e1 0612345678
  > hang up e1 by ARI (refused)
  > limit e1 to 1s
  > save leg e1 acme/101 +390612345678 italy: deny ringing
  > save incident block acme/101: acme/101 is blocked: 4 attempts to +441112222 within 3m0s; 3 within 5m0s are allowed [refuse the call]
10:03:10.010 end e1
  > save leg e1 acme/101 +390612345678 italy: deny ringing, ended 10:03:10.01, 0.00 for 0 s
10:03:20 channel f PJSIP/101-0b account=acme
10:03:20.001 channel f1 PJSIP/carrier-0c linked=f
10:03:20.002 dial f f1 112
  > save leg f1 acme/101 +112 unpriced: allow ringing
10:03:21 answer f1
  > save leg f1 acme/101 +112 unpriced: allow answered 10:03:21
10:03:40 end f1
  > save leg f1 acme/101 +112 unpriced: allow answered 10:03:21, ended 10:03:40, 0.00 for 60 s
  > save charge f1 acme/101 2026-11-21: 0.00 for 60 s
# The block ends by itself.
  11:03:00.002 tick
  > no flag block/extension/acme/101
  > save block acme/101 lifted by time
11:03:10 channel g PJSIP/101-0d account=acme
11:03:10.001 channel g1 PJSIP/carrier-0e linked=g
11:03:10.002 dial g g1 00441112222
  > limit g1 to 15m0s
  > save leg g1 acme/101 +441112222 uk: allow ringing
11:03:20 end g1
  > save leg g1 acme/101 +441112222 uk: allow ringing, ended 11:03:20, 0.00 for 0 s
