# a paid leg parked and taken back by a colleague, as a real Asterisk 22 told it.
price 44 uk 0.60 6/6

10:00:00 channel a PJSIP/101-00000036 account=acme in
10:00:00 channel b PJSIP/carrier-00000037 linked=a
10:00:00.001 dial a b 00441110001
  > limit b to 15m0s
  > save leg b acme/101 +441110001 uk: allow ringing
10:00:00.004 answer b
  > save leg b acme/101 +441110001 uk: allow answered 10:00:00.004
10:00:00.004 answer b
10:00:00.004 answer a
10:00:00.004 transfer a b
10:00:00.004 park b PJSIP/101
10:00:02.113 end a
10:00:02.626 channel c PJSIP/102-00000038 account=acme in
10:00:02.626 answer c
10:00:05.024 end b
  > save leg b acme/101 +441110001 uk: allow answered 10:00:00.004, ended 10:00:05.024, 0.06 for 6 s
  > save charge b acme/101 2026-11-21: 0.06 for 6 s
10:00:05.024 end c
