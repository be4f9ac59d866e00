# the dialplan forwards what the phone is busy for, as a real Asterisk 22 told it.
price 44 uk 0.60 6/6

10:00:00 channel a PJSIP/carrier-00000053 in
10:00:00.001 channel b PJSIP/carrier-00000054 in
10:00:00.002 channel c PJSIP/101-00000055 account=acme linked=a
10:00:00.002 channel d PJSIP/101-00000056 account=acme linked=b
10:00:00.003 dial a c 101
10:00:00.004 end c
10:00:00.005 named a acme -
10:00:00.005 named a - 101
10:00:00.005 dial b d 101
10:00:00.007 channel e PJSIP/carrier-00000057 linked=a
10:00:00.01 dial a e 00441110002
  > limit e to 15m0s
  > save leg e acme/101 +441110002 uk: allow ringing
10:00:00.01 end d
10:00:00.01 channel f PJSIP/carrier-00000058 linked=b
10:00:00.011 answer e
  > save leg e acme/101 +441110002 uk: allow answered 10:00:00.011
10:00:00.012 answer e
10:00:00.012 answer a
10:00:00.013 dial b f 00441110001
  > limit f to 15m0s
  > save leg f unknown/pbx +441110001 uk: allow ringing
10:00:00.016 answer f
  > save leg f unknown/pbx +441110001 uk: allow answered 10:00:00.016
10:00:00.016 answer f
10:00:00.016 answer b
10:00:01.024 end e
  > save leg e acme/101 +441110002 uk: allow answered 10:00:00.011, ended 10:00:01.024, 0.06 for 6 s
  > save charge e acme/101 2026-11-21: 0.06 for 6 s
10:00:01.024 end b
10:00:01.024 end f
  > save leg f unknown/pbx +441110001 uk: allow answered 10:00:00.016, ended 10:00:01.024, 0.06 for 6 s
  > save charge f unknown/pbx 2026-11-21: 0.06 for 6 s
10:00:01.024 end a
