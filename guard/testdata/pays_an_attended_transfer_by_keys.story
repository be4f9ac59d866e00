# an attended transfer by keys, as a real Asterisk 22 told it.
price 44 uk 0.60 6/6

10:00:00 channel a PJSIP/101-00000079 account=acme in
10:00:00 channel b PJSIP/carrier-0000007a linked=a
10:00:00 dial a b 00441110001
  > limit b to 15m0s
  > save leg b acme/101 +441110001 uk: allow ringing
10:00:00.001 answer b
  > save leg b acme/101 +441110001 uk: allow answered 10:00:00.001
10:00:00.001 answer b
10:00:00.001 answer a
10:00:00.278 hold a
10:00:02.132 channel c Local/00441110002@tenant-acme-00000011;1 linked=a
10:00:02.132 channel d Local/00441110002@tenant-acme-00000011;2 linked=a in
10:00:02.132 local c d
10:00:02.132 channel e PJSIP/carrier-0000007b linked=a
10:00:02.132 dial d e 00441110002
  > limit e to 15m0s
  > save leg e acme/101 +441110002 uk: allow ringing
10:00:02.135 answer e
  > save leg e acme/101 +441110002 uk: allow answered 10:00:02.135
10:00:02.135 answer e
10:00:02.135 answer d
10:00:02.137 answer c
10:00:02.137 answer c
10:00:03.142 end a
10:00:05.068 end c
10:00:05.069 end d
10:00:05.069 end b
  > save leg b acme/101 +441110001 uk: allow answered 10:00:00.001, ended 10:00:05.069, 0.06 for 6 s
  > save charge b acme/101 2026-11-21: 0.06 for 6 s
10:00:05.069 end e
  > save leg e acme/101 +441110002 uk: allow answered 10:00:02.135, ended 10:00:05.069, 0.06 for 6 s
  > save charge e acme/101 2026-11-21: 0.06 for 6 s
