# a call from outside parked by keys, sent on to a trunk, as a real Asterisk 22 told it.
price 44 uk 0.60 6/6

10:00:00 channel a PJSIP/carrier-0000002c in
10:00:00 channel b PJSIP/101-0000002d account=acme linked=a
10:00:00.002 dial a b 101
10:00:00.002 answer b
10:00:00.002 answer b
10:00:00.002 answer a
10:00:00.299 park a PJSIP/101
10:00:01.298 channel c PJSIP/carrier-0000002e linked=a
10:00:01.298 dial a c 00441110001
  > limit c to 15m0s
  > save leg c acme/101 +441110001 uk: allow ringing
10:00:01.299 answer c
  > save leg c acme/101 +441110001 uk: allow answered 10:00:01.299
10:00:01.299 answer c
10:00:02.304 end c
  > save leg c acme/101 +441110001 uk: allow answered 10:00:01.299, ended 10:00:02.304, 0.06 for 6 s
  > save charge c acme/101 2026-11-21: 0.06 for 6 s
10:00:02.305 end a
10:00:03.886 end b
