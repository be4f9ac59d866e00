# a paid leg parked until it comes back and is forwarded, as a real Asterisk 22 told it.
price 44 uk 0.60 2/2

10:00:00 channel a PJSIP/101-00000003 account=acme in
10:00:00 channel b PJSIP/carrier-00000004 linked=a out
10:00:00 dial a b 00441110001 account=acme
  > limit b to 15m0s
  > save leg b acme/101 +441110001 uk: allow ringing
10:00:00.016 answer b
  > save leg b acme/101 +441110001 uk: allow answered 10:00:00.016
10:00:00.016 answer b
10:00:00.016 answer a
10:00:00.017 transfer a b
10:00:00.017 park b PJSIP/401
10:00:01.019 channel c PJSIP/101-00000005 account=acme linked=a out
10:00:01.019 dial b c 101
10:00:01.025 decline c
10:00:01.025 channel d Local/00441110002@tenant-acme-00000001;1 linked=a out
10:00:01.025 channel e Local/00441110002@tenant-acme-00000001;2 linked=a in
10:00:01.025 local d e
10:00:01.025 forward c b 00441110002
10:00:01.025 dial b d 00441110002 account=acme
10:00:01.025 end c
10:00:01.025 channel f PJSIP/carrier-00000006 linked=a out
10:00:01.025 dial e f 00441110002 account=acme
  > limit f to 15m0s
  > save leg f acme/101 +441110002 uk: allow ringing
10:00:01.025 answer f
  > save leg f acme/101 +441110002 uk: allow answered 10:00:01.025
10:00:01.025 answer f
10:00:01.025 answer e
10:00:01.025 answer d
10:00:01.025 answer d
10:00:02.019 decline a
10:00:02.022 end a
10:00:03.084 decline b
10:00:03.084 decline e
10:00:03.084 end d
10:00:03.086 end b
  > save leg b acme/101 +441110001 uk: allow answered 10:00:00.016, ended 10:00:03.086, 0.04 for 4 s
  > save charge b acme/101 2026-11-21: 0.04 for 4 s
10:00:03.086 end e
10:00:03.087 end f
  > save leg f acme/101 +441110002 uk: allow answered 10:00:01.025, ended 10:00:03.087, 0.04 for 4 s
  > save charge f acme/101 2026-11-21: 0.04 for 4 s
