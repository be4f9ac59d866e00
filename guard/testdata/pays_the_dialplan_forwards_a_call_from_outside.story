# the dialplan forwards a call from outside, as a real Asterisk 22 told it.
price 44 uk 0.60 2/2

10:00:00 channel a PJSIP/carrier-00000018 in
10:00:00.001 channel b PJSIP/carrier-00000019 in
10:00:00.001 channel c PJSIP/carrier-0000001a linked=a out
10:00:00.004 channel d PJSIP/carrier-0000001b in
10:00:00.004 dial a c 00441110003 account=globex
  > limit c to 15m0s
  > save leg c globex/unknown +441110003 uk: allow ringing
10:00:00.004 named b acme -
10:00:00.004 named b - 101
10:00:00.004 answer c
  > save leg c globex/unknown +441110003 uk: allow answered 10:00:00.004
10:00:00.004 answer c
10:00:00.004 answer a
10:00:00.004 channel e PJSIP/carrier-0000001c linked=b out
10:00:00.01 channel f PJSIP/carrier-0000001d linked=d out
10:00:00.01 dial b e 00441110002
  > limit e to 15m0s
  > save leg e acme/101 +441110002 uk: allow ringing
10:00:00.01 dial d f 00441110001
  > limit f to 15m0s
  > save leg f unknown/pbx +441110001 uk: allow ringing
10:00:00.01 answer e
  > save leg e acme/101 +441110002 uk: allow answered 10:00:00.01
10:00:00.01 answer e
10:00:00.01 answer b
10:00:00.012 answer f
  > save leg f unknown/pbx +441110001 uk: allow answered 10:00:00.012
10:00:00.012 answer f
10:00:00.012 answer d
10:00:01.031 decline c
10:00:01.031 decline e
10:00:01.031 end e
  > save leg e acme/101 +441110002 uk: allow answered 10:00:00.01, ended 10:00:01.031, 0.02 for 2 s
  > save charge e acme/101 2026-11-21: 0.02 for 2 s
10:00:01.031 end a
10:00:01.031 end b
10:00:01.031 end c
  > save leg c globex/unknown +441110003 uk: allow answered 10:00:00.004, ended 10:00:01.031, 0.02 for 2 s
  > save charge c globex/unknown 2026-11-21: 0.02 for 2 s
10:00:01.035 decline f
10:00:01.035 end f
  > save leg f unknown/pbx +441110001 uk: allow answered 10:00:00.012, ended 10:00:01.035, 0.02 for 2 s
  > save charge f unknown/pbx 2026-11-21: 0.02 for 2 s
10:00:01.035 end d
