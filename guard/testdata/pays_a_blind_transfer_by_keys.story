# a blind transfer by keys, as a real Asterisk 22 told it.
price 44 uk 0.60 6/6

10:00:00 channel a PJSIP/101-0000008a account=acme in
10:00:00 channel b PJSIP/carrier-0000008b linked=a
10:00:00 dial a b 00441110001
  > limit b to 15m0s
  > save leg b acme/101 +441110001 uk: allow ringing
10:00:00 answer b
  > save leg b acme/101 +441110001 uk: allow answered 10:00:00
10:00:00 answer b
10:00:00 answer a
10:00:00.274 hold a
10:00:02.141 transfer a b
10:00:02.143 channel c PJSIP/carrier-0000008c linked=a
10:00:02.143 end a
10:00:02.152 dial b c 00441110002
  > limit c to 15m0s
  > save leg c acme/101 +441110002 uk: allow ringing
10:00:02.153 answer c
  > save leg c acme/101 +441110002 uk: allow answered 10:00:02.153
10:00:02.154 answer c
10:00:03.146 end b
  > save leg b acme/101 +441110001 uk: allow answered 10:00:00, ended 10:00:03.146, 0.06 for 6 s
  > save charge b acme/101 2026-11-21: 0.06 for 6 s
10:00:03.146 end c
  > save leg c acme/101 +441110002 uk: allow answered 10:00:02.153, ended 10:00:03.146, 0.06 for 6 s
  > save charge c acme/101 2026-11-21: 0.06 for 6 s
