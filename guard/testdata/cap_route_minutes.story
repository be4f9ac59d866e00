# Each route has the whole cap to itself. After a restart what was used of it is still known.
cap */* route_minutes_per_day 2
price 44 uk 0.06 60/60
price 447 uk-mobile 0.10 60/60

10:00:00 channel a PJSIP/101-a account=acme
10:00:00 channel a1 PJSIP/carrier-a linked=a
10:00:00 dial a a1 00441112222
  > limit a1 to 1m59.8s
  > save leg a1 acme/101 +441112222 uk: allow ringing
10:00:01 answer a1
  > save leg a1 acme/101 +441112222 uk: allow answered 10:00:01
10:00:02 channel b PJSIP/101-b account=acme
10:00:02 channel b1 PJSIP/carrier-b linked=b
10:00:02 dial b b1 00447700900123
  > limit b1 to 1m59.8s
  > save leg b1 acme/101 +447700900123 uk-mobile: allow ringing
10:00:03 answer b1
  > save leg b1 acme/101 +447700900123 uk-mobile: allow answered 10:00:03
  10:01:01.131 tick
  > save incident caps.extension.route_minutes_per_day.warn_at acme/101: acme/101 has used 2 of its cap of 2 on the billed minutes to one route in a local day (uk) [tell]
  10:01:03.767 tick
  > save incident caps.extension.route_minutes_per_day.warn_at acme/101: acme/101 has used 2 of its cap of 2 on the billed minutes to one route in a local day (uk-mobile) [tell]
10:01:30 end a1
  > save leg a1 acme/101 +441112222 uk: allow answered 10:00:01, ended 10:01:30, 0.12 for 120 s
  > save charge a1 acme/101 2026-11-21: 0.12 for 120 s
10:01:31 restart
10:01:32 up
  > no flags below block
  > no flags below closed
  > no flags below fail_mode
10:01:33 list b b1:up
  > limit b1 to 29.8s
  > save leg b1 acme/101 +447700900123 uk-mobile: allow answered 10:00:03
  > save incident caps.extension.route_minutes_per_day.warn_at acme/101: acme/101 has used 2 of its cap of 2 on the billed minutes to one route in a local day (uk-mobile) [tell]
10:01:34 channel c PJSIP/101-c account=acme
10:01:34 channel c1 PJSIP/carrier-c linked=c
10:01:34 dial c c1 00441112223
  > hang up c1 by ARI (refused)
  > limit c1 to 1s
  > save leg c1 acme/101 +441112223 uk: deny ringing
  > save incident caps.extension.route_minutes_per_day acme/101: acme/101 has spent 2 and holds 0 of its cap of 2 on the billed minutes to one route in a local day (uk); the call needs 1 at once [refuse the call]
10:01:34.1 end c1
  > save leg c1 acme/101 +441112223 uk: deny ringing, ended 10:01:34.1, 0.00 for 0 s
  10:02:02.5 tick
  > hang up b1 by ARI (cut)
  > save leg b1 acme/101 +447700900123 uk-mobile: cut answered 10:00:03
  > save incident caps.extension.route_minutes_per_day acme/101: acme/101 has used up its cap of 2 on the billed minutes to one route in a local day (uk-mobile) [hang up]
10:02:02.6 end b1
  > save leg b1 acme/101 +447700900123 uk-mobile: cut answered 10:00:03, ended 10:02:02.6, 0.20 for 120 s
  > save charge b1 acme/101 2026-11-21: 0.20 for 120 s
10:02:03 channel d PJSIP/102-d account=acme
10:02:03 channel d1 PJSIP/carrier-d linked=d
10:02:03 dial d d1 00441112223
  > limit d1 to 1m59.8s
  > save leg d1 acme/102 +441112223 uk: allow ringing
10:02:04 end d1
  > save leg d1 acme/102 +441112223 uk: allow ringing, ended 10:02:04, 0.00 for 0 s
