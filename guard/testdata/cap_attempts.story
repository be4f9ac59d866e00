# An attempt counts whether it is answered, refused or neither; a new day begins with none.
cap */* attempts_per_day 2
price 44 uk 0.06 1/1

10:00:00 channel a PJSIP/101-a account=acme
10:00:00 channel a1 PJSIP/carrier-a linked=a
10:00:00 dial a a1 00441112222
  > limit a1 to 15m0s
  > save leg a1 acme/101 +441112222 uk: allow ringing
10:00:01 end a1
  > save leg a1 acme/101 +441112222 uk: allow ringing, ended 10:00:01, 0.00 for 0 s
10:00:02 channel b PJSIP/101-b account=acme
10:00:02 channel b1 PJSIP/carrier-b linked=b
10:00:02 dial b b1 00441112222
  > limit b1 to 15m0s
  > save leg b1 acme/101 +441112222 uk: allow ringing
  > save incident caps.extension.attempts_per_day.warn_at acme/101: acme/101 has used 2 of its cap of 2 on the attempts of a local day [tell]
10:00:03 end b1
  > save leg b1 acme/101 +441112222 uk: allow ringing, ended 10:00:03, 0.00 for 0 s
10:00:04 channel c PJSIP/101-c account=acme
10:00:04 channel c1 PJSIP/carrier-c linked=c
10:00:04 dial c c1 00441112222
  > hang up c1 by ARI (refused)
  > limit c1 to 1s
  > save leg c1 acme/101 +441112222 uk: deny ringing
  > save incident caps.extension.attempts_per_day acme/101: acme/101 has spent 2 and holds 0 of its cap of 2 on the attempts of a local day; the call needs 1 at once [refuse the call]
10:00:04.1 end c1
  > save leg c1 acme/101 +441112222 uk: deny ringing, ended 10:00:04.1, 0.00 for 0 s
1T10:00:00 channel d PJSIP/101-d account=acme
1T10:00:00 channel d1 PJSIP/carrier-d linked=d
1T10:00:00 dial d d1 00441112222
  > limit d1 to 15m0s
  > save leg d1 acme/101 +441112222 uk: allow ringing
1T10:00:01 end d1
  > save leg d1 acme/101 +441112222 uk: allow ringing, ended 11-22 10:00:01, 0.00 for 0 s
