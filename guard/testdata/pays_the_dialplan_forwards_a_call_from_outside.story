# the dialplan forwards a call from outside, as a real Asterisk 22 told it.
price 44 uk 0.60 6/6

10:00:00 channel a PJSIP/carrier-00000000 in
10:00:00 channel b PJSIP/carrier-00000002 linked=a
10:00:00 channel c PJSIP/carrier-00000001 in
10:00:00 dial a b 00441110003 account=globex
  > limit b to 15m0s
  > save leg b globex/unknown +441110003 uk: allow ringing
10:00:00 channel d PJSIP/carrier-00000003 in
10:00:00 named d acme -
10:00:00 named d - 101
10:00:00 channel e PJSIP/carrier-00000004 linked=d
10:00:00 dial d e 00441110002
  > limit e to 15m0s
  > save leg e acme/101 +441110002 uk: allow ringing
10:00:00.005 channel f PJSIP/carrier-00000005 linked=c
10:00:00.005 dial c f 00441110001
  > limit f to 15m0s
  > save leg f unknown/pbx +441110001 uk: allow ringing
10:00:00.005 answer f
  > save leg f unknown/pbx +441110001 uk: allow answered 10:00:00.005
10:00:00.005 answer f
10:00:00.005 answer c
10:00:00.005 answer b
  > save leg b globex/unknown +441110003 uk: allow answered 10:00:00.005
10:00:00.005 answer e
  > save leg e acme/101 +441110002 uk: allow answered 10:00:00.005
10:00:00.005 answer b
10:00:00.005 answer a
10:00:00.005 answer e
10:00:00.005 answer d
10:00:01.009 end b
  > save leg b globex/unknown +441110003 uk: allow answered 10:00:00.005, ended 10:00:01.009, 0.06 for 6 s
  > save charge b globex/unknown 2026-11-21: 0.06 for 6 s
10:00:01.009 end a
10:00:01.024 end e
  > save leg e acme/101 +441110002 uk: allow answered 10:00:00.005, ended 10:00:01.024, 0.06 for 6 s
  > save charge e acme/101 2026-11-21: 0.06 for 6 s
10:00:01.024 end d
10:00:01.027 end c
10:00:01.027 end f
  > save leg f unknown/pbx +441110001 uk: allow answered 10:00:00.005, ended 10:00:01.027, 0.06 for 6 s
  > save charge f unknown/pbx 2026-11-21: 0.06 for 6 s
