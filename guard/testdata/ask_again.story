# A call that asks again shows the limit of its last verdict, which is not the dialplan's own: the
# first trunk cannot be reached, so that no leg began that would have lifted it.
ask
price 44 uk 0.40 60/60

10:00:00 asking
10:00:01 channel a PJSIP/101-01 account=acme exten=00441234567
10:00:01.003 ask a 00441234567
  > tell a: allow for 15m0s
10:00:01.013 ask a 00441234567 limit=14m59.994s
  > tell a: allow for 15m0s
10:00:01.020 channel a1 PJSIP/carrier-04 linked=a
10:00:01.021 dial a a1 00441234567
  > limit a1 to 15m0s
  > limit a to 0s
  > save leg a1 acme/101 +441234567 uk: allow ringing
10:00:02 end a1
  > save leg a1 acme/101 +441234567 uk: allow ringing, ended 10:00:02, 0.00 for 0 s
# Nor where what lifts it is still on its way.
10:00:02.001 ask a 00441234567 limit=14m59.01s
  > tell a: allow for 15m0s
10:00:02.010 channel a2 PJSIP/carrier-05 linked=a
10:00:02.011 dial a a2 00441234567
  > limit a2 to 15m0s
  > limit a to 0s
  > save leg a2 acme/101 +441234567 uk: allow ringing
10:00:03 end a2
  > save leg a2 acme/101 +441234567 uk: allow ringing, ended 10:00:03, 0.00 for 0 s
10:00:03.001 end a
# What the dialplan has set itself stands all the same, however often the call asks.
10:01:01 channel b PJSIP/101-06 account=acme exten=00441234567
10:01:01.003 ask b 00441234567 limit=20m
  > tell b: allow for 15m0s
10:01:01.013 ask b 00441234567 limit=14m59.994s
  > tell b: allow for 15m0s
10:01:01.020 channel b1 PJSIP/carrier-07 linked=b
10:01:01.021 dial b b1 00441234567
  > limit b1 to 15m0s
  > limit b to 19m59.982s
  > save leg b1 acme/101 +441234567 uk: allow ringing
10:01:02 end b1
  > save leg b1 acme/101 +441234567 uk: allow ringing, ended 10:01:02, 0.00 for 0 s
10:01:02.001 ask b 00441234567 limit=5m
  > tell b: allow for 15m0s
10:01:02.010 channel b2 PJSIP/carrier-08 linked=b
10:01:02.011 dial b b2 00441234567
  > limit b2 to 15m0s
  > limit b to 4m59.99s
  > save leg b2 acme/101 +441234567 uk: allow ringing
10:01:03 end b2
  > save leg b2 acme/101 +441234567 uk: allow ringing, ended 10:01:03, 0.00 for 0 s
10:01:03.001 end b
# Three trunks that cannot be reached, with a while between them.
10:02:01 channel c PJSIP/101-09 account=acme exten=00441234567
10:02:01.003 ask c 00441234567
  > tell c: allow for 15m0s
10:02:06 ask c 00441234567 limit=14m55.007s
  > tell c: allow for 15m0s
10:02:11 ask c 00441234567 limit=14m50.007s
  > tell c: allow for 15m0s
10:02:11.020 channel c1 PJSIP/carrier-0a linked=c
10:02:11.021 dial c c1 00441234567
  > limit c1 to 15m0s
  > limit c to 0s
  > save leg c1 acme/101 +441234567 uk: allow ringing
10:02:12 end c1
  > save leg c1 acme/101 +441234567 uk: allow ringing, ended 10:02:12, 0.00 for 0 s
10:02:12.001 end c
