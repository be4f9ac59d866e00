# a phone redirected to a trunk, as a real Asterisk 22 told it.
price 44 uk 0.60 6/6

10:00:00 channel a PJSIP/101-00000017 account=acme in
10:00:00.006 channel b PJSIP/carrier-00000018 linked=a
10:00:00.006 dial a b 00441110001
  > limit b to 15m0s
  > save leg b acme/101 +441110001 uk: allow ringing
10:00:00.008 answer b
  > save leg b acme/101 +441110001 uk: allow answered 10:00:00.008
10:00:00.008 answer b
10:00:00.008 answer a
10:00:00.026 end b
  > save leg b acme/101 +441110001 uk: allow answered 10:00:00.008, ended 10:00:00.026, 0.06 for 6 s
  > save charge b acme/101 2026-11-21: 0.06 for 6 s
10:00:00.026 channel c PJSIP/carrier-00000019 linked=a
10:00:00.026 dial a c 00441110002
  > limit c to 15m0s
  > save leg c acme/101 +441110002 uk: allow ringing
10:00:00.031 answer c
  > save leg c acme/101 +441110002 uk: allow answered 10:00:00.031
10:00:00.031 answer c
10:00:01.036 end c
  > save leg c acme/101 +441110002 uk: allow answered 10:00:00.031, ended 10:00:01.036, 0.06 for 6 s
  > save charge c acme/101 2026-11-21: 0.06 for 6 s
10:00:01.036 end a
