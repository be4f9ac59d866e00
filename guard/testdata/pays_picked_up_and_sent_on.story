# picked up and sent on, as a real Asterisk 22 told it.
price 44 uk 0.60 6/6

10:00:00 channel a PJSIP/carrier-00000042 in
10:00:00 channel b PJSIP/101-00000043 account=acme linked=a
10:00:00.001 dial a b 101
10:00:00.002 channel c PJSIP/102-00000044 account=acme in
10:00:00.002 answer c
10:00:00.504 answer c
10:00:00.504 answer a
10:00:00.505 end b
10:00:00.513 transfer c a
10:00:00.514 channel d PJSIP/carrier-00000045 linked=a
10:00:00.514 end c
10:00:00.514 dial a d 00441110001
  > limit d to 15m0s
  > save leg d acme/102 +441110001 uk: allow ringing
10:00:00.515 answer d
  > save leg d acme/102 +441110001 uk: allow answered 10:00:00.515
10:00:00.515 answer d
10:00:01.524 end a
10:00:01.53 end d
  > save leg d acme/102 +441110001 uk: allow answered 10:00:00.515, ended 10:00:01.53, 0.06 for 6 s
  > save charge d acme/102 2026-11-21: 0.06 for 6 s
