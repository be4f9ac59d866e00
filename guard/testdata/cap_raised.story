# A cap that a person raises while calls live counts at once, and all is as if it had always been
# so: the call goes on, and the warning comes again before the new one. An extension's own value
# goes before that of all extensions, and "none" lifts it. A cap of nothing refuses everything.
cap */* cost_per_day 1.00
cap acme/102 cost_per_day none
cap acme/103 minutes_per_day 0
price 44 uk 6.00 1/1

10:00:00 channel a PJSIP/101-a account=acme
10:00:00 channel a1 PJSIP/carrier-a linked=a
10:00:00 dial a a1 00441112222
  > limit a1 to 9.8s
  > save leg a1 acme/101 +441112222 uk: allow ringing
10:00:01 answer a1
  > save leg a1 acme/101 +441112222 uk: allow answered 10:00:01
  10:00:06.087 tick
  > limit a1 to 4.712s
  > save leg a1 acme/101 +441112222 uk: allow answered 10:00:01
  10:00:08.144 tick
  > save incident caps.extension.cost_per_day.warn_at acme/101: acme/101 has used 0.80 of its cap of 1.00 on the cost of a local day [tell]
10:00:09.5 cap acme/101 cost_per_day 2.00
  > no flags below closed
  > no flags below fail_mode
  > limit a1 to 11.3s
  > save leg a1 acme/101 +441112222 uk: allow answered 10:00:01
10:00:09.6 channel b PJSIP/102-b account=acme
10:00:09.6 channel b1 PJSIP/carrier-b linked=b
10:00:09.6 dial b b1 00441112222
  > limit b1 to 15m0s
  > save leg b1 acme/102 +441112222 uk: allow ringing
10:00:09.7 end b1
  > save leg b1 acme/102 +441112222 uk: allow ringing, ended 10:00:09.7, 0.00 for 0 s
10:00:09.8 channel c PJSIP/103-c account=acme
10:00:09.8 channel c1 PJSIP/carrier-c linked=c
10:00:09.8 dial c c1 00441112222
  > hang up c1 by ARI (refused)
  > limit c1 to 1s
  > save leg c1 acme/103 +441112222 uk: deny ringing
  > save incident caps.extension.minutes_per_day acme/103: acme/103 has spent 0 and holds 0 of its cap of 0 on the billed minutes of a local day; the call needs 1 at once [refuse the call]
10:00:09.9 end c1
  > save leg c1 acme/103 +441112222 uk: deny ringing, ended 10:00:09.9, 0.00 for 0 s
  10:00:16.032 tick
  > save incident caps.extension.cost_per_day.warn_at acme/101: acme/101 has used 1.60 of its cap of 2.00 on the cost of a local day [tell]
  10:00:20.5 tick
  > hang up a1 by ARI (cut)
  > save leg a1 acme/101 +441112222 uk: cut answered 10:00:01
  > save incident caps.extension.cost_per_day acme/101: acme/101 has used up its cap of 2.00 on the cost of a local day [hang up]
10:00:20.6 end a1
  > save leg a1 acme/101 +441112222 uk: cut answered 10:00:01, ended 10:00:20.6, 2.00 for 20 s
  > save charge a1 acme/101 2026-11-21: 2.00 for 20 s
# Lowered below what is used, it lets nothing through.
10:00:21 cap acme/101 cost_per_day 0.50
  > no flags below closed
  > no flags below fail_mode
10:00:22 channel d PJSIP/101-d account=acme
10:00:22 channel d1 PJSIP/carrier-d linked=d
10:00:22 dial d d1 00441112222
  > hang up d1 by ARI (refused)
  > limit d1 to 1s
  > save leg d1 acme/101 +441112222 uk: deny ringing
  > save incident caps.extension.cost_per_day acme/101: acme/101 has spent 2.00 and holds 0.00 of its cap of 0.50 on the cost of a local day; the call needs 0.10 at once [refuse the call]
10:00:22.1 end d1
  > save leg d1 acme/101 +441112222 uk: deny ringing, ended 10:00:22.1, 0.00 for 0 s
