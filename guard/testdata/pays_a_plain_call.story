# a plain call, as a real Asterisk 22 told it.
price 44 uk 0.60 6/6

10:00:00 channel a PJSIP/101-00000000 account=acme in
10:00:00 channel b PJSIP/carrier-00000001 linked=a
10:00:00 dial a b 00441110001
  > limit b to 15m0s
  > save leg b acme/101 +441110001 uk: allow ringing
10:00:00.001 answer b
  > save leg b acme/101 +441110001 uk: allow answered 10:00:00.001
10:00:00.001 answer b
10:00:00.002 answer a
10:00:01.005 end b
  > save leg b acme/101 +441110001 uk: allow answered 10:00:00.001, ended 10:00:01.005, 0.06 for 6 s
  > save charge b acme/101 2026-11-21: 0.06 for 6 s
10:00:01.006 end a
