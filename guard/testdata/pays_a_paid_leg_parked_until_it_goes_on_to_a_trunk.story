# a paid leg parked until it goes on to a trunk, as a real Asterisk 22 told it.
price 44 uk 0.60 6/6

10:00:00 channel a PJSIP/101-00000033 account=acme in
10:00:00.001 channel b PJSIP/carrier-00000034 linked=a
10:00:00.001 dial a b 00441110001
  > limit b to 15m0s
  > save leg b acme/101 +441110001 uk: allow ringing
10:00:00.004 answer b
  > save leg b acme/101 +441110001 uk: allow answered 10:00:00.004
10:00:00.004 answer b
10:00:00.004 answer a
10:00:00.006 transfer a b
10:00:00.006 park b PJSIP/101
10:00:01.01 channel c PJSIP/carrier-00000035 linked=a
10:00:01.012 dial b c 00441110002
  > limit c to 15m0s
  > save leg c acme/101 +441110002 uk: allow ringing
10:00:01.012 answer c
  > save leg c acme/101 +441110002 uk: allow answered 10:00:01.012
10:00:01.012 answer c
10:00:02.011 end a
10:00:02.512 end b
  > save leg b acme/101 +441110001 uk: allow answered 10:00:00.004, ended 10:00:02.512, 0.06 for 6 s
  > save charge b acme/101 2026-11-21: 0.06 for 6 s
10:00:02.512 end c
  > save leg c acme/101 +441110002 uk: allow answered 10:00:01.012, ended 10:00:02.512, 0.06 for 6 s
  > save charge c acme/101 2026-11-21: 0.06 for 6 s
