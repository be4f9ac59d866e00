# early media and no answer, as a real Asterisk 22 told it.
price 44 uk 0.60 6/6

10:00:00 channel a PJSIP/101-00000096 account=acme in
10:00:00.001 channel b PJSIP/carrier-00000097 linked=a
10:00:00.002 dial a b 00441110001
  > limit b to 15m0s
  > save leg b acme/101 +441110001 uk: allow ringing
10:00:01.514 end b
  > save leg b acme/101 +441110001 uk: allow ringing, ended 10:00:01.514, 0.00 for 0 s
10:00:01.514 end a
