# a ring group with somebody outside, as a real Asterisk 22 told it.
price 44 uk 0.60 6/6

10:00:00 channel a PJSIP/101-00000002 account=acme in
10:00:00.001 channel b PJSIP/102-00000003 account=acme linked=a
10:00:00.001 channel c PJSIP/carrier-00000004 linked=a
10:00:00.002 dial a b 102
10:00:00.002 dial a c 00441110001
  > limit c to 15m0s
  > save leg c acme/101 +441110001 uk: allow ringing
10:00:00.005 answer c
  > save leg c acme/101 +441110001 uk: allow answered 10:00:00.005
10:00:00.006 end b
10:00:00.006 answer c
10:00:00.006 answer a
10:00:00.009 channel d PJSIP/carrier-00000005 in
10:00:00.009 channel e PJSIP/102-00000006 account=acme linked=d
10:00:00.012 channel f PJSIP/carrier-00000007 linked=d
10:00:00.012 dial d e 102
10:00:00.012 dial d f 00441110002
  > limit f to 15m0s
  > save leg f unknown/pbx +441110002 uk: allow ringing
10:00:00.015 answer f
  > save leg f unknown/pbx +441110002 uk: allow answered 10:00:00.015
10:00:00.015 answer f
10:00:00.015 answer d
10:00:00.015 end e
10:00:01.001 end a
10:00:01.001 end c
  > save leg c acme/101 +441110001 uk: allow answered 10:00:00.005, ended 10:00:01.001, 0.06 for 6 s
  > save charge c acme/101 2026-11-21: 0.06 for 6 s
10:00:01.002 end f
  > save leg f unknown/pbx +441110002 uk: allow answered 10:00:00.015, ended 10:00:01.002, 0.06 for 6 s
  > save charge f unknown/pbx 2026-11-21: 0.06 for 6 s
10:00:01.002 end d
