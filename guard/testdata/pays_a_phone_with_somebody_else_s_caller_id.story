# a phone with somebody else's caller id, as a real Asterisk 22 told it.
price 44 uk 0.60 6/6

10:00:00 channel a PJSIP/101-0000000e account=acme in
10:00:00.001 channel b PJSIP/carrier-0000000f linked=a
10:00:00.001 dial a b 00441110001
  > limit b to 15m0s
  > save leg b acme/101 +441110001 uk: allow ringing
10:00:00.003 answer b
  > save leg b acme/101 +441110001 uk: allow answered 10:00:00.003
10:00:00.003 answer b
10:00:00.003 answer a
10:00:00.006 channel c PJSIP/101-00000010 account=acme in
10:00:00.006 channel d PJSIP/carrier-00000011 linked=c
10:00:00.007 dial c d 00441110002
  > limit d to 15m0s
  > save leg d acme/101 +441110002 uk: allow ringing
10:00:00.009 answer d
  > save leg d acme/101 +441110002 uk: allow answered 10:00:00.009
10:00:00.009 answer d
10:00:00.009 answer c
10:00:01.011 end b
  > save leg b acme/101 +441110001 uk: allow answered 10:00:00.003, ended 10:00:01.011, 0.06 for 6 s
  > save charge b acme/101 2026-11-21: 0.06 for 6 s
10:00:01.011 end a
10:00:01.012 end d
  > save leg d acme/101 +441110002 uk: allow answered 10:00:00.009, ended 10:00:01.012, 0.06 for 6 s
  > save charge d acme/101 2026-11-21: 0.06 for 6 s
10:00:01.012 end c
