# named by the dialplan, as a real Asterisk 22 told it.
price 44 uk 0.60 6/6

10:00:00 channel a PJSIP/101-0000008d account=acme in
10:00:00 named a boutique -
10:00:00 named a - desk7
10:00:00 channel b PJSIP/carrier-0000008e linked=a
10:00:00 dial a b 00441110001
  > limit b to 15m0s
  > save leg b boutique/desk7 +441110001 uk: allow ringing
10:00:00.005 answer b
  > save leg b boutique/desk7 +441110001 uk: allow answered 10:00:00.005
10:00:00.005 answer b
10:00:00.005 answer a
10:00:00.01 channel c PJSIP/102-0000008f account=acme in
10:00:00.011 named c - desk8
10:00:00.011 channel d PJSIP/carrier-00000090 linked=c
10:00:00.011 dial c d 00441110002
  > limit d to 15m0s
  > save leg d acme/desk8 +441110002 uk: allow ringing
10:00:00.015 answer d
  > save leg d acme/desk8 +441110002 uk: allow answered 10:00:00.015
10:00:00.015 answer d
10:00:00.015 answer c
10:00:00.015 channel e PJSIP/103-00000091 account=acme in
10:00:00.015 named e - desk9
10:00:00.015 channel f Local/58@tenant-acme-00000016;1 linked=e
10:00:00.015 channel g Local/58@tenant-acme-00000016;2 linked=e in
10:00:00.015 named f - desk9
10:00:00.015 named g - desk9
10:00:00.015 local f g
10:00:00.015 dial e f 58
10:00:00.015 channel h PJSIP/carrier-00000092 linked=e
10:00:00.015 named h - desk9
10:00:00.015 dial g h 00441110003
  > limit h to 15m0s
  > save leg h acme/desk9 +441110003 uk: allow ringing
10:00:00.02 answer h
  > save leg h acme/desk9 +441110003 uk: allow answered 10:00:00.02
10:00:00.02 answer h
10:00:00.02 answer g
10:00:00.02 answer f
10:00:00.02 answer f
10:00:00.02 answer e
10:00:01.012 end b
  > save leg b boutique/desk7 +441110001 uk: allow answered 10:00:00.005, ended 10:00:01.012, 0.06 for 6 s
  > save charge b boutique/desk7 2026-11-21: 0.06 for 6 s
10:00:01.012 end a
10:00:01.018 end c
10:00:01.018 end d
  > save leg d acme/desk8 +441110002 uk: allow answered 10:00:00.015, ended 10:00:01.018, 0.06 for 6 s
  > save charge d acme/desk8 2026-11-21: 0.06 for 6 s
10:00:01.018 end g
10:00:01.018 end f
10:00:01.018 end h
  > save leg h acme/desk9 +441110003 uk: allow answered 10:00:00.02, ended 10:00:01.018, 0.06 for 6 s
  > save charge h acme/desk9 2026-11-21: 0.06 for 6 s
10:00:01.018 end e
