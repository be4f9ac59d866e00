# a queue with a member that forwards, as a real Asterisk 22 told it.
price 44 uk 0.60 6/6

10:00:00 channel a PJSIP/carrier-00000046 in
10:00:00.007 channel b PJSIP/102-00000047 account=acme linked=a
10:00:00.009 dial a b 102
10:00:00.009 channel c Local/00441110001@tenant-acme-00000006;1 linked=a
10:00:00.009 channel d Local/00441110001@tenant-acme-00000006;2 linked=a in
10:00:00.009 local c d
10:00:00.009 forward b a 00441110001
10:00:00.009 dial a c 00441110001
10:00:00.01 end b
10:00:00.01 channel e PJSIP/carrier-00000048 linked=a
10:00:00.01 dial d e 00441110001
  > limit e to 15m0s
  > save leg e acme/102 +441110001 uk: allow ringing
10:00:00.012 answer e
  > save leg e acme/102 +441110001 uk: allow answered 10:00:00.012
10:00:00.012 answer e
10:00:00.012 answer d
10:00:00.012 answer c
10:00:00.012 answer c
10:00:00.012 answer a
10:00:01.028 end e
  > save leg e acme/102 +441110001 uk: allow answered 10:00:00.012, ended 10:00:01.028, 0.06 for 6 s
  > save charge e acme/102 2026-11-21: 0.06 for 6 s
10:00:01.028 end d
10:00:01.028 end c
10:00:01.028 end a
