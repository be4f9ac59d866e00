# a conference of two paid legs, as a real Asterisk 22 told it.
price 44 uk 0.60 6/6

10:00:00 channel a PJSIP/101-00000039 account=acme in
10:00:00 channel b PJSIP/carrier-0000003a linked=a
10:00:00 dial a b 00441110001
  > limit b to 15m0s
  > save leg b acme/101 +441110001 uk: allow ringing
10:00:00 answer b
  > save leg b acme/101 +441110001 uk: allow answered 10:00:00
10:00:00 answer b
10:00:00 answer a
10:00:00.092 transfer a b
10:00:00.095 end a
10:00:00.101 channel c PJSIP/101-0000003b account=acme in
10:00:00.104 channel d PJSIP/carrier-0000003c linked=c
10:00:00.107 dial c d 00441110002
  > limit d to 15m0s
  > save leg d acme/101 +441110002 uk: allow ringing
10:00:00.11 answer d
  > save leg d acme/101 +441110002 uk: allow answered 10:00:00.11
10:00:00.112 answer d
10:00:00.112 answer c
10:00:00.112 transfer c d
10:00:00.113 end c
10:00:00.116 channel e PJSIP/102-0000003d account=acme in
10:00:00.116 answer e
10:00:00.118 channel f PJSIP/carrier-0000003e
10:00:00.118 named f - conference
10:00:00.118 named f acme -
10:00:00.118 dial - f 00441110003
  > limit f to 15m0s
  > save leg f acme/conference +441110003 uk: allow ringing
10:00:00.119 answer f
  > save leg f acme/conference +441110003 uk: allow answered 10:00:00.119
10:00:00.119 answer f
10:00:01.072 end b
  > save leg b acme/101 +441110001 uk: allow answered 10:00:00, ended 10:00:01.072, 0.06 for 6 s
  > save charge b acme/101 2026-11-21: 0.06 for 6 s
10:00:01.072 end f
  > save leg f acme/conference +441110003 uk: allow answered 10:00:00.119, ended 10:00:01.072, 0.06 for 6 s
  > save charge f acme/conference 2026-11-21: 0.06 for 6 s
10:00:01.072 end d
  > save leg d acme/101 +441110002 uk: allow answered 10:00:00.11, ended 10:00:01.072, 0.06 for 6 s
  > save charge d acme/101 2026-11-21: 0.06 for 6 s
10:00:03.327 end e
