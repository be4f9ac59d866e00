# a chain of Local channels, as a real Asterisk 22 told it.
price 44 uk 0.60 6/6

10:00:00 channel a PJSIP/101-00000088 account=acme in
10:00:00 channel b Local/56@chain-acme-00000014;1 linked=a
10:00:00.001 channel c Local/56@chain-acme-00000014;2 linked=a in
10:00:00.001 local b c
10:00:00.001 dial a b 56
10:00:00.001 channel d Local/57@chain-acme-00000015;1 linked=a
10:00:00.001 channel e Local/57@chain-acme-00000015;2 linked=a in
10:00:00.002 local d e
10:00:00.002 dial c d 57
10:00:00.002 channel f PJSIP/carrier-00000089 linked=a
10:00:00.003 dial e f 00441110001
  > limit f to 15m0s
  > save leg f acme/101 +441110001 uk: allow ringing
10:00:00.003 answer f
  > save leg f acme/101 +441110001 uk: allow answered 10:00:00.003
10:00:00.004 answer f
10:00:00.004 answer e
10:00:00.004 answer d
10:00:00.004 answer d
10:00:00.004 answer c
10:00:00.004 answer b
10:00:00.004 answer b
10:00:00.004 answer a
10:00:01.012 end f
  > save leg f acme/101 +441110001 uk: allow answered 10:00:00.003, ended 10:00:01.012, 0.06 for 6 s
  > save charge f acme/101 2026-11-21: 0.06 for 6 s
10:00:01.012 end e
10:00:01.012 end d
10:00:01.012 end c
10:00:01.012 end b
10:00:01.012 end a
