# a phone forwards what a program calls it for, as a real Asterisk 22 told it.
price 44 uk 0.60 2/2

10:00:00 channel a PJSIP/101-0000001e account=acme out
10:00:00 dial - a 101
10:00:00.008 decline a
10:00:00.008 channel b Local/00441110001@tenant-acme-00000007;1 out
10:00:00.008 channel c Local/00441110001@tenant-acme-00000007;2 linked=b in
10:00:00.008 local b c
10:00:00.008 dial - b 00441110001
10:00:00.008 forward a - 00441110001
10:00:00.008 channel d PJSIP/carrier-0000001f linked=b out
10:00:00.008 dial c d 00441110001
  > limit d to 15m0s
  > save leg d acme/101 +441110001 uk: allow ringing
10:00:00.008 answer d
  > save leg d acme/101 +441110001 uk: allow answered 10:00:00.008
10:00:00.009 answer d
10:00:00.009 answer c
10:00:00.009 answer b
10:00:00.009 answer b
10:00:00.01 end a
10:00:01.017 decline d
10:00:01.017 decline b
10:00:01.017 end c
10:00:01.017 end d
  > save leg d acme/101 +441110001 uk: allow answered 10:00:00.008, ended 10:00:01.017, 0.02 for 2 s
  > save charge d acme/101 2026-11-21: 0.02 for 2 s
10:00:01.017 end b
