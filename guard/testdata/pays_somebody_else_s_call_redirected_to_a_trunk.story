# somebody else's call redirected to a trunk, as a real Asterisk 22 told it.
price 44 uk 0.60 6/6

10:00:00 channel a PJSIP/101-00000014 account=acme in
10:00:00.002 answer a
10:00:00.008 channel b PJSIP/102-00000015 account=acme in
10:00:00.008 end b
10:00:00.008 channel c PJSIP/carrier-00000016 linked=a
10:00:00.008 dial a c 00441110001
  > limit c to 15m0s
  > save leg c acme/101 +441110001 uk: allow ringing
10:00:00.008 answer c
  > save leg c acme/101 +441110001 uk: allow answered 10:00:00.008
10:00:00.008 answer c
10:00:01.015 end c
  > save leg c acme/101 +441110001 uk: allow answered 10:00:00.008, ended 10:00:01.015, 0.06 for 6 s
  > save charge c acme/101 2026-11-21: 0.06 for 6 s
10:00:01.015 end a
