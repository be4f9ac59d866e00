# a phone forwards to a phone that forwards, as a real Asterisk 22 told it.
price 44 uk 0.60 6/6

10:00:00 channel a PJSIP/101-00000065 account=acme in
10:00:00 channel b PJSIP/102-00000066 account=acme linked=a
10:00:00 dial a b 102
10:00:00.001 channel c Local/103@tenant-acme-0000000c;1 linked=a
10:00:00.001 channel d Local/103@tenant-acme-0000000c;2 linked=a in
10:00:00.001 local c d
10:00:00.001 forward b a 103
10:00:00.001 dial a c 103
10:00:00.001 end b
10:00:00.001 channel e PJSIP/103-00000067 account=acme linked=a
10:00:00.001 dial d e 103
10:00:00.003 channel f Local/00441110001@tenant-acme-0000000d;1 linked=a
10:00:00.003 channel g Local/00441110001@tenant-acme-0000000d;2 linked=a in
10:00:00.003 local f g
10:00:00.003 forward e d 00441110001
10:00:00.003 dial d f 00441110001
10:00:00.003 end e
10:00:00.006 channel h PJSIP/carrier-00000068 linked=a
10:00:00.008 dial g h 00441110001
  > limit h to 15m0s
  > save leg h acme/103 +441110001 uk: allow ringing
10:00:00.008 answer h
  > save leg h acme/103 +441110001 uk: allow answered 10:00:00.008
10:00:00.008 answer h
10:00:00.008 answer g
10:00:00.008 answer f
10:00:00.008 answer f
10:00:00.008 answer c
10:00:00.008 answer c
10:00:00.008 answer a
10:00:00.008 answer d
10:00:01.041 end g
10:00:01.041 end h
  > save leg h acme/103 +441110001 uk: allow answered 10:00:00.008, ended 10:00:01.041, 0.06 for 6 s
  > save charge h acme/103 2026-11-21: 0.06 for 6 s
10:00:01.041 end f
10:00:01.041 end d
10:00:01.041 end c
10:00:01.042 end a
