# the dialplan forwards what the phone is busy for, as a real Asterisk 22 told it.
price 44 uk 0.60 2/2

10:00:00 channel a PJSIP/carrier-00000012 in
10:00:00 channel b PJSIP/carrier-00000013 in
10:00:00 channel c PJSIP/101-00000014 account=acme linked=a out
10:00:00.001 channel d PJSIP/101-00000015 account=acme linked=b out
10:00:00.001 dial a c 101
10:00:00.002 dial b d 101
10:00:00.004 decline c
10:00:00.005 end c
10:00:00.005 named a acme -
10:00:00.005 decline d
10:00:00.005 end d
10:00:00.006 named a - 101
10:00:00.007 channel e PJSIP/carrier-00000016 linked=b out
10:00:00.008 channel f PJSIP/carrier-00000017 linked=a out
10:00:00.011 dial b e 00441110001
  > limit e to 15m0s
  > save leg e unknown/pbx +441110001 uk: allow ringing
10:00:00.012 answer e
  > save leg e unknown/pbx +441110001 uk: allow answered 10:00:00.012
10:00:00.014 dial a f 00441110002
  > limit f to 15m0s
  > save leg f acme/101 +441110002 uk: allow ringing
10:00:00.014 answer e
10:00:00.014 answer f
  > save leg f acme/101 +441110002 uk: allow answered 10:00:00.014
10:00:00.014 answer b
10:00:00.015 answer f
10:00:00.015 answer a
10:00:01.011 decline e
10:00:01.013 decline f
10:00:01.014 end b
10:00:01.014 end e
  > save leg e unknown/pbx +441110001 uk: allow answered 10:00:00.012, ended 10:00:01.014, 0.02 for 2 s
  > save charge e unknown/pbx 2026-11-21: 0.02 for 2 s
10:00:01.014 end f
  > save leg f acme/101 +441110002 uk: allow answered 10:00:00.014, ended 10:00:01.014, 0.02 for 2 s
  > save charge f acme/101 2026-11-21: 0.02 for 2 s
10:00:01.018 end a
