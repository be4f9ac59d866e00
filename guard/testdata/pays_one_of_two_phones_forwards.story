# one of two phones forwards, as a real Asterisk 22 told it.
price 44 uk 0.60 6/6

10:00:00 channel a PJSIP/101-00000061 account=acme in
10:00:00 channel b PJSIP/102-00000062 account=acme linked=a
10:00:00 channel c PJSIP/103-00000063 account=acme linked=a
10:00:00 dial a b 102
10:00:00 dial a c 103
10:00:00.003 channel d Local/00441110001@tenant-acme-0000000b;1 linked=a
10:00:00.003 channel e Local/00441110001@tenant-acme-0000000b;2 linked=a in
10:00:00.003 local d e
10:00:00.003 channel f PJSIP/carrier-00000064 linked=a
10:00:00.003 forward c a 00441110001
10:00:00.003 dial a d 00441110001
10:00:00.003 dial e f 00441110001
  > limit f to 15m0s
  > save leg f acme/103 +441110001 uk: allow ringing
10:00:00.003 end c
10:00:00.009 answer f
  > save leg f acme/103 +441110001 uk: allow answered 10:00:00.009
10:00:00.009 answer f
10:00:00.009 answer e
10:00:00.009 answer d
10:00:00.009 answer d
10:00:00.009 answer a
10:00:00.009 end b
10:00:01.014 end e
10:00:01.014 end d
10:00:01.014 end f
  > save leg f acme/103 +441110001 uk: allow answered 10:00:00.009, ended 10:00:01.014, 0.06 for 6 s
  > save charge f acme/103 2026-11-21: 0.06 for 6 s
10:00:01.014 end a
