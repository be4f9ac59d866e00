# a paid leg redirected to a trunk, as a real Asterisk 22 told it.
price 44 uk 0.60 6/6

10:00:00 channel a PJSIP/101-0000001a account=acme in
10:00:00 channel b PJSIP/carrier-0000001b linked=a
10:00:00 dial a b 00441110001
  > limit b to 15m0s
  > save leg b acme/101 +441110001 uk: allow ringing
10:00:00.002 answer b
  > save leg b acme/101 +441110001 uk: allow answered 10:00:00.002
10:00:00.002 answer b
10:00:00.002 answer a
10:00:00.038 end a
10:00:00.038 channel c PJSIP/carrier-0000001c linked=a
10:00:00.038 dial b c 00441110002
  > limit c to 15m0s
  > save leg c acme/101 +441110002 uk: allow ringing
10:00:00.041 answer c
  > save leg c acme/101 +441110002 uk: allow answered 10:00:00.041
10:00:00.042 answer c
10:00:01.031 end b
  > save leg b acme/101 +441110001 uk: allow answered 10:00:00.002, ended 10:00:01.031, 0.06 for 6 s
  > save charge b acme/101 2026-11-21: 0.06 for 6 s
10:00:01.032 end c
  > save leg c acme/101 +441110002 uk: allow answered 10:00:00.041, ended 10:00:01.032, 0.06 for 6 s
  > save charge c acme/101 2026-11-21: 0.06 for 6 s
