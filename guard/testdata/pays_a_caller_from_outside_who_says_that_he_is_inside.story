# a caller from outside who says that he is inside, as a real Asterisk 22 told it.
price 44 uk 0.60 6/6

10:00:00 channel a PJSIP/carrier-00000008 in
10:00:00.001 channel b PJSIP/carrier-00000009 linked=a
10:00:00.001 dial a b 00441110001
  > limit b to 15m0s
  > save leg b unknown/pbx +441110001 uk: allow ringing
10:00:00.003 answer b
  > save leg b unknown/pbx +441110001 uk: allow answered 10:00:00.003
10:00:00.003 answer b
10:00:00.003 answer a
10:00:01.013 end b
  > save leg b unknown/pbx +441110001 uk: allow answered 10:00:00.003, ended 10:00:01.013, 0.06 for 6 s
  > save charge b unknown/pbx 2026-11-21: 0.06 for 6 s
10:00:01.017 end a
