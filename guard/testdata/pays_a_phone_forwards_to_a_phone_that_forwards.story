# a phone forwards to a phone that forwards, as a real Asterisk 22 told it.
price 44 uk 0.60 2/2

10:00:00 channel a PJSIP/101-00000024 account=acme in
10:00:00.001 channel b PJSIP/102-00000025 account=acme linked=a out
10:00:00.002 dial a b 102
10:00:00.002 decline b
10:00:00.002 channel c Local/103@tenant-acme-00000009;1 linked=a out
10:00:00.002 channel d Local/103@tenant-acme-00000009;2 linked=a in
10:00:00.004 local c d
10:00:00.004 forward b a 103
10:00:00.004 dial a c 103 account=acme
10:00:00.004 channel e PJSIP/103-00000026 account=acme linked=a out
10:00:00.004 end b
10:00:00.005 dial d e 103
10:00:00.005 decline e
10:00:00.005 channel f Local/00441110001@tenant-acme-0000000a;1 linked=a out
10:00:00.005 channel g Local/00441110001@tenant-acme-0000000a;2 linked=a in
10:00:00.006 local f g
10:00:00.006 forward e d 00441110001
10:00:00.006 dial d f 00441110001 account=acme
10:00:00.007 end e
10:00:00.007 channel h PJSIP/carrier-00000027 linked=a out
10:00:00.007 dial g h 00441110001 account=acme
  > limit h to 15m0s
  > save leg h acme/103 +441110001 uk: allow ringing
10:00:00.008 answer h
  > save leg h acme/103 +441110001 uk: allow answered 10:00:00.008
10:00:00.008 answer h
10:00:00.008 answer f
10:00:00.008 answer g
10:00:00.009 answer f
10:00:00.009 answer d
10:00:00.009 answer c
10:00:00.009 answer c
10:00:00.009 answer a
10:00:01.029 decline h
10:00:01.029 decline f
10:00:01.029 end g
10:00:01.029 end h
  > save leg h acme/103 +441110001 uk: allow answered 10:00:00.008, ended 10:00:01.029, 0.02 for 2 s
  > save charge h acme/103 2026-11-21: 0.02 for 2 s
10:00:01.029 decline c
10:00:01.029 end d
10:00:01.029 end f
10:00:01.029 end c
10:00:01.029 end a
