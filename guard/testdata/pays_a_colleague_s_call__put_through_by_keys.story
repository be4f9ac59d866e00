# a colleague's call, put through by keys, as a real Asterisk 22 told it.
price 44 uk 0.60 6/6

10:00:00 channel a PJSIP/101-0000007c account=acme in
10:00:00 channel b PJSIP/102-0000007d account=acme linked=a
10:00:00 dial a b 102
10:00:00.001 answer b
10:00:00.001 answer b
10:00:00.001 answer a
10:00:00.353 hold b
10:00:02.147 channel c Local/00441110001@tenant-acme-00000012;1 linked=a
10:00:02.147 channel d Local/00441110001@tenant-acme-00000012;2 linked=a in
10:00:02.147 local c d
10:00:02.147 channel e PJSIP/carrier-0000007e linked=a
10:00:02.148 dial d e 00441110001
  > limit e to 15m0s
  > save leg e acme/102 +441110001 uk: allow ringing
10:00:02.149 answer e
  > save leg e acme/102 +441110001 uk: allow answered 10:00:02.149
10:00:02.149 answer e
10:00:02.149 answer d
10:00:02.149 answer c
10:00:02.149 answer c
10:00:03.161 end b
10:00:05.142 end e
  > save leg e acme/102 +441110001 uk: allow answered 10:00:02.149, ended 10:00:05.142, 0.06 for 6 s
  > save charge e acme/102 2026-11-21: 0.06 for 6 s
10:00:05.142 end d
10:00:05.143 end c
10:00:05.143 end a
