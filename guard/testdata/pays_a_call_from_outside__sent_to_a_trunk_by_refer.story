# a call from outside, sent to a trunk by REFER, as a real Asterisk 22 told it.
price 44 uk 0.60 6/6

10:00:00 channel a PJSIP/carrier-00000085 in
10:00:00 channel b PJSIP/101-00000086 account=acme linked=a
10:00:00 dial a b 101
10:00:00.001 answer b
10:00:00.001 answer b
10:00:00.001 answer a
10:00:00.104 transfer b a
10:00:00.104 end b
10:00:00.104 channel c PJSIP/carrier-00000087 linked=a
10:00:00.104 dial a c 00441110001
  > limit c to 15m0s
  > save leg c acme/101 +441110001 uk: allow ringing
10:00:00.105 answer c
  > save leg c acme/101 +441110001 uk: allow answered 10:00:00.105
10:00:00.106 answer c
10:00:01.122 end c
  > save leg c acme/101 +441110001 uk: allow answered 10:00:00.105, ended 10:00:01.122, 0.06 for 6 s
  > save charge c acme/101 2026-11-21: 0.06 for 6 s
10:00:01.122 end a
