# who was sent on sends on, as a real Asterisk 22 told it.
price 44 uk 0.60 6/6

10:00:00 channel a PJSIP/101-00000075 account=acme in
10:00:00 channel b PJSIP/102-00000076 account=acme linked=a
10:00:00 dial a b 102
10:00:00.001 answer b
10:00:00.001 answer b
10:00:00.001 answer a
10:00:00.004 transfer b a
10:00:00.004 end b
10:00:00.004 channel c PJSIP/103-00000077 account=acme linked=a
10:00:00.004 dial a c 103
10:00:00.005 answer c
10:00:00.005 answer c
10:00:00.007 transfer a c
10:00:00.008 channel d PJSIP/carrier-00000078 linked=a
10:00:00.008 dial c d 00441110001
  > limit d to 15m0s
  > save leg d acme/101 +441110001 uk: allow ringing
10:00:00.008 end a
10:00:00.008 answer d
  > save leg d acme/101 +441110001 uk: allow answered 10:00:00.008
10:00:00.008 answer d
10:00:01.03 end d
  > save leg d acme/101 +441110001 uk: allow answered 10:00:00.008, ended 10:00:01.03, 0.06 for 6 s
  > save charge d acme/101 2026-11-21: 0.06 for 6 s
10:00:01.03 end c
