# a phone forwards its colleague's call, as a real Asterisk 22 told it.
price 44 uk 0.60 6/6

10:00:00 channel a PJSIP/101-0000006c account=acme in
10:00:00.002 channel b PJSIP/102-0000006d account=acme linked=a
10:00:00.002 dial a b 102
10:00:00.002 channel c Local/00441110001@tenant-acme-0000000f;1 linked=a
10:00:00.002 channel d Local/00441110001@tenant-acme-0000000f;2 linked=a in
10:00:00.002 local c d
10:00:00.002 forward b a 00441110001
10:00:00.002 dial a c 00441110001
10:00:00.002 channel e PJSIP/carrier-0000006e linked=a
10:00:00.002 dial d e 00441110001
  > limit e to 15m0s
  > save leg e acme/102 +441110001 uk: allow ringing
10:00:00.002 end b
10:00:00.005 answer e
  > save leg e acme/102 +441110001 uk: allow answered 10:00:00.005
10:00:00.005 answer e
10:00:00.005 answer d
10:00:00.005 answer c
10:00:00.005 answer c
10:00:00.005 answer a
10:00:01.036 end d
10:00:01.036 end e
  > save leg e acme/102 +441110001 uk: allow answered 10:00:00.005, ended 10:00:01.036, 0.06 for 6 s
  > save charge e acme/102 2026-11-21: 0.06 for 6 s
10:00:01.036 end c
10:00:01.036 end a
