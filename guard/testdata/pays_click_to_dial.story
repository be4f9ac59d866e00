# click to dial, as a real Asterisk 22 told it.
price 44 uk 0.60 6/6

10:00:00 channel a PJSIP/101-0000001d account=acme
10:00:00 dial - a 101
10:00:00.001 answer a
10:00:00.001 answer a
10:00:00.001 channel b PJSIP/carrier-0000001e linked=a
10:00:00.001 dial a b 00441110001
  > limit b to 15m0s
  > save leg b acme/101 +441110001 uk: allow ringing
10:00:00.004 answer b
  > save leg b acme/101 +441110001 uk: allow answered 10:00:00.004
10:00:00.004 answer b
10:00:00.005 channel c PJSIP/102-0000001f account=acme
10:00:00.005 dial - c 103
10:00:00.007 answer c
10:00:00.007 answer c
10:00:00.007 channel d PJSIP/carrier-00000020 linked=c
10:00:00.009 channel e Local/103@tenant-acme-00000000;1
10:00:00.009 channel f Local/103@tenant-acme-00000000;2 linked=e in
10:00:00.009 local e f
10:00:00.009 dial - e 103
10:00:00.009 channel g PJSIP/103-00000021 account=acme linked=e
10:00:00.009 dial f g 103
10:00:00.01 dial c d 00441110002
  > limit d to 15m0s
  > save leg d acme/102 +441110002 uk: allow ringing
10:00:00.011 answer g
10:00:00.011 answer g
10:00:00.011 answer e
10:00:00.011 answer e
10:00:00.011 answer f
10:00:00.011 answer d
  > save leg d acme/102 +441110002 uk: allow answered 10:00:00.011
10:00:00.011 answer d
10:00:00.011 channel h PJSIP/carrier-00000022 linked=e
10:00:00.011 dial e h 00441110003
  > limit h to 15m0s
  > save leg h acme/103 +441110003 uk: allow ringing
10:00:00.012 answer h
  > save leg h acme/103 +441110003 uk: allow answered 10:00:00.012
10:00:00.012 answer h
10:00:01.002 end d
  > save leg d acme/102 +441110002 uk: allow answered 10:00:00.011, ended 10:00:01.002, 0.06 for 6 s
  > save charge d acme/102 2026-11-21: 0.06 for 6 s
10:00:01.003 end c
10:00:01.003 end b
  > save leg b acme/101 +441110001 uk: allow answered 10:00:00.004, ended 10:00:01.003, 0.06 for 6 s
  > save charge b acme/101 2026-11-21: 0.06 for 6 s
10:00:01.003 end a
10:00:01.03 end h
  > save leg h acme/103 +441110003 uk: allow answered 10:00:00.012, ended 10:00:01.03, 0.06 for 6 s
  > save charge h acme/103 2026-11-21: 0.06 for 6 s
10:00:01.03 end f
10:00:01.03 end e
10:00:01.03 end g
