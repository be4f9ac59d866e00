# a ringing trunk picked up, as a real Asterisk 22 told it.
price 44 uk 0.60 6/6

10:00:00 channel a PJSIP/101-0000003f account=acme in
10:00:00 channel b PJSIP/carrier-00000040 linked=a
10:00:00.001 dial a b 00441110001
  > limit b to 15m0s
  > save leg b acme/101 +441110001 uk: allow ringing
10:00:00.311 channel c PJSIP/102-00000041 account=acme in
10:00:00.312 answer c
10:00:00.813 answer c
10:00:00.813 answer a
10:00:00.814 end b
  > save leg b acme/101 +441110001 uk: allow ringing, ended 10:00:00.814, 0.00 for 0 s
10:00:01.32 end c
10:00:01.32 end a
