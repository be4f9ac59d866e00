# a paid leg parked until it comes back and is forwarded, as a real Asterisk 22 told it.
price 44 uk 0.60 6/6

10:00:00 channel a PJSIP/101-0000002f account=acme in
10:00:00 channel b PJSIP/carrier-00000030 linked=a
10:00:00.001 dial a b 00441110001
  > limit b to 15m0s
  > save leg b acme/101 +441110001 uk: allow ringing
10:00:00.008 answer b
  > save leg b acme/101 +441110001 uk: allow answered 10:00:00.008
10:00:00.008 answer b
10:00:00.008 answer a
10:00:00.113 transfer a b
10:00:00.114 park b PJSIP/101
10:00:01.115 channel c PJSIP/101-00000031 account=acme linked=a
10:00:01.116 dial b c 101
10:00:01.117 channel d Local/00441110002@tenant-acme-00000004;1 linked=a
10:00:01.118 channel e Local/00441110002@tenant-acme-00000004;2 linked=a in
10:00:01.119 local d e
10:00:01.12 forward c b 00441110002
10:00:01.121 dial b d 00441110002
10:00:01.121 channel f PJSIP/carrier-00000032 linked=a
10:00:01.122 end c
10:00:01.124 dial e f 00441110002
  > limit f to 15m0s
  > save leg f acme/101 +441110002 uk: allow ringing
10:00:01.126 answer f
  > save leg f acme/101 +441110002 uk: allow answered 10:00:01.126
10:00:01.13 answer f
10:00:01.131 answer e
10:00:01.131 answer d
10:00:01.131 answer d
10:00:02.115 end a
10:00:04.556 end f
  > save leg f acme/101 +441110002 uk: allow answered 10:00:01.126, ended 10:00:04.556, 0.06 for 6 s
  > save charge f acme/101 2026-11-21: 0.06 for 6 s
10:00:04.556 end e
10:00:04.593 end d
10:00:04.593 end b
  > save leg b acme/101 +441110001 uk: allow answered 10:00:00.008, ended 10:00:04.593, 0.06 for 6 s
  > save charge b acme/101 2026-11-21: 0.06 for 6 s
