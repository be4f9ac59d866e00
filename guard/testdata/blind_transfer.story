# 101 dials a premium number, sends it by blind transfer to a second one, and leaves. Both legs go
# on, bridged to each other; 101 pays for both, and the cap ends both.
cap */* cost_per_day 2.00
price 4490 uk-premium 3.00 1/1

10:00:00 channel a PJSIP/101-01 account=acme
10:00:00.001 channel t1 PJSIP/carrier-02 linked=a
10:00:00.002 dial a t1 00449001111
  > limit t1 to 39.8s
  > save leg t1 acme/101 +449001111 uk-premium: allow ringing
10:00:01 answer t1
  > save leg t1 acme/101 +449001111 uk-premium: allow answered 10:00:01
10:00:02.500 transfer a t1
10:00:02.501 end a
10:00:02.510 channel t2 PJSIP/carrier-03 linked=a
10:00:02.511 dial t1 t2 00449002222
  > limit t1 to 19.289s
  > limit t2 to 18.8s
  > save leg t2 acme/101 +449002222 uk-premium: allow ringing
  > save leg t1 acme/101 +449001111 uk-premium: allow answered 10:00:01
10:00:03.500 answer t2
  > save leg t2 acme/101 +449002222 uk-premium: allow answered 10:00:03.5
# Asterisk's own records see one second, and a source that is not 101.
10:00:02.600 cdr a t1 1
  > save leg t1 acme/101 +449001111 uk-premium: allow answered 10:00:01, Asterisk says 1 s
  10:00:17.963 tick
  > save incident caps.extension.cost_per_day.warn_at acme/101: acme/101 has used 1.60 of its cap of 2.00 on the cost of a local day [tell]
  10:00:18.141 tick
  > limit t2 to 4.158s
  > save leg t2 acme/101 +449002222 uk-premium: allow answered 10:00:03.5
  10:00:21.5 tick
  > hang up t1 by ARI (cut)
  > save leg t1 acme/101 +449001111 uk-premium: cut answered 10:00:01, Asterisk says 1 s
  > save incident caps.extension.cost_per_day acme/101: acme/101 has used up its cap of 2.00 on the cost of a local day [hang up]
10:00:21.510 end t1
  > save leg t1 acme/101 +449001111 uk-premium: cut answered 10:00:01, ended 10:00:21.51, 1.05 for 21 s, Asterisk says 1 s
  > save charge t1 acme/101 2026-11-21: 1.05 for 21 s
  10:00:22 tick
  > hang up t2 by ARI (cut)
  > save leg t2 acme/101 +449002222 uk-premium: cut answered 10:00:03.5
  > save incident caps.extension.cost_per_day acme/101: acme/101 has used up its cap of 2.00 on the cost of a local day [hang up]
10:00:22.010 end t2
  > save leg t2 acme/101 +449002222 uk-premium: cut answered 10:00:03.5, ended 10:00:22.01, 0.95 for 19 s
  > save charge t2 acme/101 2026-11-21: 0.95 for 19 s
10:00:22.300 cdr t1 t2 18
  > save leg t1 acme/101 +449001111 uk-premium: cut answered 10:00:01, ended 10:00:21.51, 1.05 for 21 s, Asterisk says 19 s
  > save leg t2 acme/101 +449002222 uk-premium: cut answered 10:00:03.5, ended 10:00:22.01, 0.95 for 19 s, Asterisk says 18 s
10:00:23 ledger
  > ledger acme/101 2026-11-21 cost 2.00, 40 s, 2 calls, 2 attempts
  > ledger acme/101 2026-11 cost 2.00, 40 s, 2 calls, 2 attempts
