# a call from outside, put through by keys, as a real Asterisk 22 told it.
price 44 uk 0.60 6/6

10:00:00 channel a PJSIP/carrier-0000007f in
10:00:00.001 channel b PJSIP/101-00000080 account=acme linked=a
10:00:00.002 dial a b 101
10:00:00.005 answer b
10:00:00.005 answer b
10:00:00.005 answer a
10:00:00.279 hold b
10:00:02.149 channel c Local/00441110001@tenant-acme-00000013;1 linked=a
10:00:02.151 channel d Local/00441110001@tenant-acme-00000013;2 linked=a in
10:00:02.156 local c d
10:00:02.158 channel e PJSIP/carrier-00000081 linked=a
10:00:02.162 dial d e 00441110001
  > limit e to 15m0s
  > save leg e acme/101 +441110001 uk: allow ringing
10:00:02.177 answer e
  > save leg e acme/101 +441110001 uk: allow answered 10:00:02.177
10:00:02.178 answer e
10:00:02.179 answer d
10:00:02.179 answer c
10:00:02.18 answer c
10:00:03.176 end b
10:00:05.161 end e
  > save leg e acme/101 +441110001 uk: allow answered 10:00:02.177, ended 10:00:05.161, 0.06 for 6 s
  > save charge e acme/101 2026-11-21: 0.06 for 6 s
10:00:05.161 end d
10:00:05.161 end c
10:00:05.161 end a
