# an inherited name along Local channels, as a real Asterisk 22 told it.
price 44 uk 0.60 6/6

10:00:00 channel a PJSIP/101-0000006f account=acme in
10:00:00 named a - desk7
10:00:00 channel b PJSIP/102-00000070 account=acme linked=a
10:00:00 named b - desk7
10:00:00 dial a b 102
10:00:00 answer b
10:00:00 answer b
10:00:00 answer a
10:00:00.003 transfer b a
10:00:00.003 channel c Local/57@tenant-acme-00000010;1 linked=a
10:00:00.003 channel d Local/57@tenant-acme-00000010;2 linked=a in
10:00:00.003 named c - desk7
10:00:00.003 named d - desk7
10:00:00.003 local c d
10:00:00.003 end b
10:00:00.003 channel e PJSIP/carrier-00000071 linked=a
10:00:00.003 named e - desk7
10:00:00.003 dial a c 57
10:00:00.003 dial d e 00441110001
  > limit e to 15m0s
  > save leg e acme/102 +441110001 uk: allow ringing
10:00:00.006 answer e
  > save leg e acme/102 +441110001 uk: allow answered 10:00:00.006
10:00:00.006 answer e
10:00:00.006 answer c
10:00:00.006 answer d
10:00:00.006 answer c
10:00:01.013 end d
10:00:01.013 end c
10:00:01.013 end e
  > save leg e acme/102 +441110001 uk: allow answered 10:00:00.006, ended 10:00:01.013, 0.06 for 6 s
  > save charge e acme/102 2026-11-21: 0.06 for 6 s
10:00:01.013 end a
