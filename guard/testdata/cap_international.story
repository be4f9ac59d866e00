# Minutes and calls abroad have caps of their own: a call at home goes on, and another begins, while
# nothing goes abroad any more. The tenant's cap is the sum of its extensions.
cap */* concurrent_international 1
cap * international_minutes_per_day 2
price 44 uk 0.06 60/60
price 39 home 0.01 60/60

10:00:00 channel h PJSIP/101-h account=acme
10:00:00 channel h1 PJSIP/carrier-h linked=h
10:00:00 dial h h1 00390212345678
  > limit h1 to 15m0s
  > save leg h1 acme/101 +390212345678 home: allow ringing
10:00:01 answer h1
  > save leg h1 acme/101 +390212345678 home: allow answered 10:00:01
10:00:02 channel a PJSIP/101-a account=acme
10:00:02 channel a1 PJSIP/carrier-a linked=a
10:00:02 dial a a1 00441112222
  > limit a1 to 1m59.8s
  > save leg a1 acme/101 +441112222 uk: allow ringing
10:00:03 answer a1
  > save leg a1 acme/101 +441112222 uk: allow answered 10:00:03
10:00:10 channel b PJSIP/101-b account=acme
10:00:10 channel b1 PJSIP/carrier-b linked=b
10:00:10 dial b b1 00441112223
  > hang up b1 by ARI (refused)
  > limit b1 to 1s
  > save leg b1 acme/101 +441112223 uk: deny ringing
  > save incident caps.extension.concurrent_international acme/101: acme/101 has 1 calls answered and 0 ringing; the cap on the international calls at the same time is 1 [refuse the call]
10:00:10.1 end b1
  > save leg b1 acme/101 +441112223 uk: deny ringing, ended 10:00:10.1, 0.00 for 0 s
10:00:11 channel c PJSIP/102-c account=acme
10:00:11 channel c1 PJSIP/carrier-c linked=c
10:00:11 dial c c1 00441112223
  > limit a1 to 51.8s
  > limit c1 to 59.8s
  > save leg c1 acme/102 +441112223 uk: allow ringing
  > save leg a1 acme/101 +441112222 uk: allow answered 10:00:03
10:00:12 answer c1
  > save leg c1 acme/102 +441112223 uk: allow answered 10:00:12
  > save incident caps.tenant.international_minutes_per_day.warn_at acme/: tenant acme has used 2 of its cap of 2 on the billed international minutes of a local day [tell]
  10:01:02.5 tick
  > hang up a1 by ARI (cut)
  > save leg a1 acme/101 +441112222 uk: cut answered 10:00:03
  > save incident caps.tenant.international_minutes_per_day acme/101: tenant acme has used up its cap of 2 on the billed international minutes of a local day [hang up]
10:01:03 end a1
  > save leg a1 acme/101 +441112222 uk: cut answered 10:00:03, ended 10:01:03, 0.06 for 60 s
  > save charge a1 acme/101 2026-11-21: 0.06 for 60 s
  10:01:07.509 tick
  > limit c1 to 4.29s
  > save leg c1 acme/102 +441112223 uk: allow answered 10:00:12
  10:01:11.5 tick
  > hang up c1 by ARI (cut)
  > save leg c1 acme/102 +441112223 uk: cut answered 10:00:12
  > save incident caps.tenant.international_minutes_per_day acme/102: tenant acme has used up its cap of 2 on the billed international minutes of a local day [hang up]
10:01:11.9 end c1
  > save leg c1 acme/102 +441112223 uk: cut answered 10:00:12, ended 10:01:11.9, 0.06 for 60 s
  > save charge c1 acme/102 2026-11-21: 0.06 for 60 s
10:01:13 channel d PJSIP/102-d account=acme
10:01:13 channel d1 PJSIP/carrier-d linked=d
10:01:13 dial d d1 00441112224
  > hang up d1 by ARI (refused)
  > limit d1 to 1s
  > save leg d1 acme/102 +441112224 uk: deny ringing
  > save incident caps.tenant.international_minutes_per_day acme/102: tenant acme has spent 2 and holds 0 of its cap of 2 on the billed international minutes of a local day; the call needs 1 at once [refuse the call]
10:01:13.1 end d1
  > save leg d1 acme/102 +441112224 uk: deny ringing, ended 10:01:13.1, 0.00 for 0 s
10:01:14 channel e PJSIP/102-e account=acme
10:01:14 channel e1 PJSIP/carrier-e linked=e
10:01:14 dial e e1 00390212345679
  > limit e1 to 15m0s
  > save leg e1 acme/102 +390212345679 home: allow ringing
10:01:20 end e1
  > save leg e1 acme/102 +390212345679 home: allow ringing, ended 10:01:20, 0.00 for 0 s
10:01:21 end h1
  > save leg h1 acme/101 +390212345678 home: allow answered 10:00:01, ended 10:01:21, 0.02 for 120 s
  > save charge h1 acme/101 2026-11-21: 0.02 for 120 s
10:01:22 ledger
  > ledger acme/101 2026-11-21 cost 0.08, 180 s, 2 calls, 3 attempts
  > ledger acme/102 2026-11-21 cost 0.06, 60 s, 1 calls, 3 attempts
  > ledger acme/101 2026-11 cost 0.08, 180 s, 2 calls, 3 attempts
  > ledger acme/102 2026-11 cost 0.06, 60 s, 1 calls, 3 attempts
