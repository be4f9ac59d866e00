# a phone that brings its own account code, as a real Asterisk 22 told it.
price 44 uk 0.60 6/6

10:00:00 channel a PJSIP/101-0000000a account=acme in
10:00:00 channel b PJSIP/carrier-0000000b linked=a
10:00:00.003 dial a b 00441110001
  > limit b to 15m0s
  > save leg b acme/101 +441110001 uk: allow ringing
10:00:00.01 answer b
  > save leg b acme/101 +441110001 uk: allow answered 10:00:00.01
10:00:00.01 answer b
10:00:00.01 answer a
10:00:00.013 channel c PJSIP/101-0000000c account=acme in
10:00:00.013 channel d PJSIP/carrier-0000000d linked=c
10:00:00.013 dial c d 00441110002
  > limit d to 15m0s
  > save leg d acme/101 +441110002 uk: allow ringing
10:00:00.018 answer d
  > save leg d acme/101 +441110002 uk: allow answered 10:00:00.018
10:00:00.018 answer d
10:00:00.018 answer c
10:00:01.016 end b
  > save leg b acme/101 +441110001 uk: allow answered 10:00:00.01, ended 10:00:01.016, 0.06 for 6 s
  > save charge b acme/101 2026-11-21: 0.06 for 6 s
10:00:01.018 end c
10:00:01.018 end a
10:00:01.018 end d
  > save leg d acme/101 +441110002 uk: allow answered 10:00:00.018, ended 10:00:01.018, 0.06 for 6 s
  > save charge d acme/101 2026-11-21: 0.06 for 6 s
