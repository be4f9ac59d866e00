# a call from outside, sent to a trunk by keys, as a real Asterisk 22 told it.
price 44 uk 0.60 6/6

10:00:00 channel a PJSIP/carrier-00000082 in
10:00:00.01 channel b PJSIP/101-00000083 account=acme linked=a
10:00:00.01 dial a b 101
10:00:00.012 answer b
10:00:00.012 answer b
10:00:00.012 answer a
10:00:00.288 hold b
10:00:02.144 transfer b a
10:00:02.144 end b
10:00:02.144 channel c PJSIP/carrier-00000084 linked=a
10:00:02.144 dial a c 00441110001
  > limit c to 15m0s
  > save leg c acme/101 +441110001 uk: allow ringing
10:00:02.157 answer c
  > save leg c acme/101 +441110001 uk: allow answered 10:00:02.157
10:00:02.157 answer c
10:00:03.149 end c
  > save leg c acme/101 +441110001 uk: allow answered 10:00:02.157, ended 10:00:03.149, 0.06 for 6 s
  > save charge c acme/101 2026-11-21: 0.06 for 6 s
10:00:03.149 end a
