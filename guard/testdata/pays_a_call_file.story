# a call file, as a real Asterisk 22 told it.
price 44 uk 0.60 6/6

10:00:00 channel a PJSIP/carrier-00000006
10:00:00 channel b Local/00441110003@tenant-acme-00000000;1
10:00:00 channel c Local/00441110003@tenant-acme-00000000;2 linked=b in
10:00:00 named b acme -
10:00:00 named b - 101
10:00:00 named c - 101
10:00:00 named c acme -
10:00:00 local b c
10:00:00 dial - a 00441110001
  > limit a to 15m0s
  > save leg a unknown/pbx +441110001 uk: allow ringing
10:00:00 dial - b 00441110003
10:00:00 channel d PJSIP/carrier-00000007
10:00:00 dial - d 00441110002 account=globex
  > limit d to 15m0s
  > save leg d globex/unknown +441110002 uk: allow ringing
10:00:00 answer a
  > save leg a unknown/pbx +441110001 uk: allow answered 10:00:00
10:00:00 answer a
10:00:00.001 channel e PJSIP/carrier-00000008 linked=b
10:00:00.001 named e - 101
10:00:00.001 named e acme -
10:00:00.001 answer d
  > save leg d globex/unknown +441110002 uk: allow answered 10:00:00.001
10:00:00.001 answer d
10:00:00.001 dial c e 00441110003
  > limit e to 15m0s
  > save leg e acme/101 +441110003 uk: allow ringing
10:00:00.002 answer e
  > save leg e acme/101 +441110003 uk: allow answered 10:00:00.002
10:00:00.003 answer e
10:00:00.003 answer c
10:00:00.003 answer b
10:00:00.003 answer b
10:00:01.012 end d
  > save leg d globex/unknown +441110002 uk: allow answered 10:00:00.001, ended 10:00:01.012, 0.06 for 6 s
  > save charge d globex/unknown 2026-11-21: 0.06 for 6 s
10:00:01.012 end a
  > save leg a unknown/pbx +441110001 uk: allow answered 10:00:00, ended 10:00:01.012, 0.06 for 6 s
  > save charge a unknown/pbx 2026-11-21: 0.06 for 6 s
10:00:01.026 end c
10:00:01.026 end b
10:00:01.026 end e
  > save leg e acme/101 +441110003 uk: allow answered 10:00:00.002, ended 10:00:01.026, 0.06 for 6 s
  > save charge e acme/101 2026-11-21: 0.06 for 6 s
