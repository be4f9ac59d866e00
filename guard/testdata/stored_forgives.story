# Who lifts a detector's block elsewhere knows better, as one who does so here: the detector begins anew.
repeated_number 2 5m block 20s
price 44 uk 0.60 1/1

12:00:00 channel a PJSIP/101-01 account=acme
12:00:00 channel a1 PJSIP/carrier-02
12:00:00 dial a a1 00441112222
  > limit a1 to 15m0s
  > save leg a1 acme/101 +441112222 uk: allow ringing
12:00:01 end a1
  > save leg a1 acme/101 +441112222 uk: allow ringing, ended 12:00:01, 0.00 for 0 s
12:00:01 end a
12:00:02 channel b PJSIP/101-03 account=acme
12:00:02 channel b1 PJSIP/carrier-04
12:00:02 dial b b1 00441112222
  > limit b1 to 15m0s
  > save leg b1 acme/101 +441112222 uk: allow ringing
12:00:03 end b1
  > save leg b1 acme/101 +441112222 uk: allow ringing, ended 12:00:03, 0.00 for 0 s
12:00:03 end b
12:00:04 channel c PJSIP/101-05 account=acme
12:00:04 channel c1 PJSIP/carrier-06
12:00:04 dial c c1 00441112222
  > hang up c1 by ARI (refused)
  > limit c1 to 1s
  > flag block/extension/acme/101 = 1795262424
  > save leg c1 acme/101 +441112222 uk: deny ringing
  > save incident abuse.repeated_number acme/101: 3 attempts to +441112222 within 4s; 2 within 5m0s are allowed [refuse the call, hang up the account's live calls, block the extension for 20s]
  > save block acme/101 by abuse.repeated_number until 12:00:24
12:00:04.1 end c1
  > save leg c1 acme/101 +441112222 uk: deny ringing, ended 12:00:04.1, 0.00 for 0 s
12:00:04.1 end c
12:00:05 elsewhere unblock acme/101
12:00:05 store-read
  > no flag block/extension/acme/101
12:00:06 channel d PJSIP/101-07 account=acme
12:00:06 channel d1 PJSIP/carrier-08
12:00:06 dial d d1 00441112222
  > limit d1 to 15m0s
  > save leg d1 acme/101 +441112222 uk: allow ringing
12:00:07 end d1
  > save leg d1 acme/101 +441112222 uk: allow ringing, ended 12:00:07, 0.00 for 0 s
12:00:07 end d
