# a call from outside, put through to a dialplan, as a real Asterisk 22 told it.
price 44 uk 0.60 6/6

10:00:00 channel a PJSIP/carrier-0000004f in
10:00:00 channel b PJSIP/101-00000050 account=acme linked=a
10:00:00 dial a b 101
10:00:00.002 answer b
10:00:00.002 answer b
10:00:00.002 answer a
10:00:00.003 channel c PJSIP/101-00000051 account=acme in
10:00:00.003 answer c
10:00:00.006 transfer b a
10:00:00.006 end b
10:00:00.006 end c
10:00:03.507 channel d PJSIP/carrier-00000052 linked=a
10:00:03.508 dial a d 00441110001
  > limit d to 15m0s
  > save leg d acme/101 +441110001 uk: allow ringing
10:00:03.509 answer d
  > save leg d acme/101 +441110001 uk: allow answered 10:00:03.509
10:00:03.509 answer d
10:00:04.526 end d
  > save leg d acme/101 +441110001 uk: allow answered 10:00:03.509, ended 10:00:04.526, 0.06 for 6 s
  > save charge d acme/101 2026-11-21: 0.06 for 6 s
10:00:04.526 end a
