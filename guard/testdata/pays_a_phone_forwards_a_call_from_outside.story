# a phone forwards a call from outside, as a real Asterisk 22 told it.
price 44 uk 0.60 2/2

10:00:00 channel a PJSIP/carrier-00000028 in
10:00:00.012 channel b PJSIP/101-00000029 account=acme linked=a out
10:00:00.012 dial a b 101
10:00:00.012 decline b
10:00:00.013 channel c Local/00441110001@tenant-acme-0000000b;1 linked=a out
10:00:00.013 channel d Local/00441110001@tenant-acme-0000000b;2 linked=a in
10:00:00.013 local c d
10:00:00.013 forward b a 00441110001
10:00:00.013 dial a c 00441110001
10:00:00.013 end b
10:00:00.013 channel e PJSIP/carrier-0000002a linked=a out
10:00:00.013 dial d e 00441110001
  > limit e to 15m0s
  > save leg e acme/101 +441110001 uk: allow ringing
10:00:00.014 answer e
  > save leg e acme/101 +441110001 uk: allow answered 10:00:00.014
10:00:00.014 answer e
10:00:00.014 answer d
10:00:00.015 answer c
10:00:00.018 answer c
10:00:00.018 answer a
10:00:01.03 decline e
10:00:01.03 decline c
10:00:01.03 end e
  > save leg e acme/101 +441110001 uk: allow answered 10:00:00.014, ended 10:00:01.03, 0.02 for 2 s
  > save charge e acme/101 2026-11-21: 0.02 for 2 s
10:00:01.03 end d
10:00:01.03 end c
10:00:01.03 end a
