# a queue with a member that forwards, as a real Asterisk 22 told it.
price 44 uk 0.60 2/2

10:00:00 channel a PJSIP/carrier-00000007 in
10:00:00 channel b PJSIP/102-00000008 account=acme linked=a out
10:00:00 dial a b 102
10:00:00 decline b
10:00:00 channel c Local/00441110001@tenant-acme-00000002;1 linked=a out
10:00:00 channel d Local/00441110001@tenant-acme-00000002;2 linked=a in
10:00:00 local c d
10:00:00 forward b a 00441110001
10:00:00 dial a c 00441110001
10:00:00 end b
10:00:00 channel e PJSIP/carrier-00000009 linked=a out
10:00:00 dial d e 00441110001
  > limit e to 15m0s
  > save leg e acme/102 +441110001 uk: allow ringing
10:00:00.023 answer e
  > save leg e acme/102 +441110001 uk: allow answered 10:00:00.023
10:00:00.023 answer e
10:00:00.023 answer c
10:00:00.023 answer c
10:00:00.023 answer d
10:00:00.023 answer a
10:00:01.021 decline e
10:00:01.021 end e
  > save leg e acme/102 +441110001 uk: allow answered 10:00:00.023, ended 10:00:01.021, 0.02 for 2 s
  > save charge e acme/102 2026-11-21: 0.02 for 2 s
10:00:01.021 decline c
10:00:01.021 end d
10:00:01.021 end c
10:00:01.021 end a
