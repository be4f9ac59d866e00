# a phone forwards its colleague's call, as a real Asterisk 22 told it.
price 44 uk 0.60 2/2

10:00:00 channel a PJSIP/101-00000000 account=acme in
10:00:00 channel b PJSIP/102-00000001 account=acme linked=a out
10:00:00 dial a b 102
10:00:00.002 decline b
10:00:00.002 channel c Local/00441110001@tenant-acme-00000000;1 linked=a out
10:00:00.002 channel d Local/00441110001@tenant-acme-00000000;2 linked=a in
10:00:00.002 local c d
10:00:00.002 forward b a 00441110001
10:00:00.002 dial a c 00441110001 account=acme
10:00:00.002 end b
10:00:00.002 channel e PJSIP/carrier-00000002 linked=a out
10:00:00.002 dial d e 00441110001 account=acme
  > limit e to 15m0s
  > save leg e acme/102 +441110001 uk: allow ringing
10:00:00.007 answer e
  > save leg e acme/102 +441110001 uk: allow answered 10:00:00.007
10:00:00.007 answer e
10:00:00.007 answer d
10:00:00.007 answer c
10:00:00.007 answer c
10:00:00.007 answer a
10:00:01.014 decline e
10:00:01.014 decline c
10:00:01.014 end e
  > save leg e acme/102 +441110001 uk: allow answered 10:00:00.007, ended 10:00:01.014, 0.02 for 2 s
  > save charge e acme/102 2026-11-21: 0.02 for 2 s
10:00:01.014 end d
10:00:01.014 end c
10:00:01.014 end a
