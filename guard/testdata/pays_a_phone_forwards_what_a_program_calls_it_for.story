# a phone forwards what a program calls it for, as a real Asterisk 22 told it.
price 44 uk 0.60 6/6

10:00:00 channel a PJSIP/101-0000005f account=acme
10:00:00 dial - a 101
10:00:00.001 channel b Local/00441110001@tenant-acme-0000000a;1
10:00:00.001 channel c Local/00441110001@tenant-acme-0000000a;2 linked=b in
10:00:00.001 local b c
10:00:00.001 dial - b 00441110001
10:00:00.001 forward a - 00441110001
10:00:00.004 channel d PJSIP/carrier-00000060 linked=b
10:00:00.004 dial c d 00441110001
  > limit d to 15m0s
  > save leg d acme/101 +441110001 uk: allow ringing
10:00:00.005 answer d
  > save leg d acme/101 +441110001 uk: allow answered 10:00:00.005
10:00:00.005 answer d
10:00:00.005 answer c
10:00:00.005 answer b
10:00:00.005 answer b
10:00:00.005 end a
10:00:01.014 end d
  > save leg d acme/101 +441110001 uk: allow answered 10:00:00.005, ended 10:00:01.014, 0.06 for 6 s
  > save charge d acme/101 2026-11-21: 0.06 for 6 s
10:00:01.014 end c
10:00:01.014 end b
