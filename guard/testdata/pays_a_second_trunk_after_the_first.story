# a second trunk after the first, as a real Asterisk 22 told it.
price 44 uk 0.60 6/6

10:00:00 channel a PJSIP/101-00000093 account=acme in
10:00:00 channel b PJSIP/carrier-00000094 linked=a
10:00:00.008 dial a b 00441110001
  > limit b to 15m0s
  > save leg b acme/101 +441110001 uk: allow ringing
10:00:00.012 end b
  > save leg b acme/101 +441110001 uk: allow ringing, ended 10:00:00.012, 0.00 for 0 s
10:00:00.012 channel c PJSIP/carrier-00000095 linked=a
10:00:00.012 dial a c 00441110001
  > limit c to 15m0s
  > save leg c acme/101 +441110001 uk: allow ringing
10:00:00.013 answer c
  > save leg c acme/101 +441110001 uk: allow answered 10:00:00.013
10:00:00.015 answer c
10:00:00.015 answer a
10:00:01.192 end c
  > save leg c acme/101 +441110001 uk: allow answered 10:00:00.013, ended 10:00:01.192, 0.06 for 6 s
  > save charge c acme/101 2026-11-21: 0.06 for 6 s
10:00:01.192 end a
