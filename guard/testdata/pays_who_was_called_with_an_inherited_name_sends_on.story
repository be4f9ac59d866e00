# who was called with an inherited name sends on, as a real Asterisk 22 told it.
price 44 uk 0.60 6/6

10:00:00 channel a PJSIP/101-00000072 account=acme in
10:00:00 named a - desk7
10:00:00 channel b PJSIP/102-00000073 account=acme linked=a
10:00:00 named b - desk7
10:00:00 dial a b 102
10:00:00.001 answer b
10:00:00.001 answer b
10:00:00.001 answer a
10:00:00.108 transfer b a
10:00:00.108 end b
10:00:00.108 channel c PJSIP/carrier-00000074 linked=a
10:00:00.108 named c - desk7
10:00:00.108 dial a c 00441110001
  > limit c to 15m0s
  > save leg c acme/102 +441110001 uk: allow ringing
10:00:00.108 answer c
  > save leg c acme/102 +441110001 uk: allow answered 10:00:00.108
10:00:00.108 answer c
10:00:01.125 end c
  > save leg c acme/102 +441110001 uk: allow answered 10:00:00.108, ended 10:00:01.125, 0.06 for 6 s
  > save charge c acme/102 2026-11-21: 0.06 for 6 s
10:00:01.153 end a
