# A call over midnight is split where the day changes, and the new day begins with nothing spent:
# the leg goes on, although it has used up the old day's cap but for one increment. The clock goes
# back in this night's zone, so that the new day has 25 hours.
zone Europe/Rome
day 2026-10-24
cap */* cost_per_day 1.00
cap * cost_per_month 1.65
price 44 uk 0.60 30/30

23:57:30 channel a PJSIP/101-01 account=acme
23:57:30.001 channel a1 PJSIP/carrier-02 linked=a
23:57:30.002 dial a a1 00441112222
  > limit a1 to 1m29.8s
  > save leg a1 acme/101 +441112222 uk: allow ringing
  23:57:52.452 tick
  > limit a1 to 1m29.8s
  > save leg a1 acme/101 +441112222 uk: allow ringing
  23:58:14.902 tick
  > limit a1 to 1m29.8s
  > save leg a1 acme/101 +441112222 uk: allow ringing
  23:58:37.352 tick
  > limit a1 to 2m29.8s
  > save leg a1 acme/101 +441112222 uk: allow ringing
23:58:45 answer a1
  > save leg a1 acme/101 +441112222 uk: allow answered 23:58:45
  23:59:45.201 tick
  > save incident caps.extension.cost_per_day.warn_at acme/101: acme/101 has used 0.90 of its cap of 1.00 on the cost of a local day [tell]
1T00:00:30 ledger
  > ledger acme/101 2026-10-25 cost 0.30, 30 s, 0 calls, 0 attempts
  > ledger acme/101 2026-10 cost 1.20, 120 s, 1 calls, 1 attempts
  10-25 00:00:41.851 tick
  > limit a1 to 32.948s
  > save leg a1 acme/101 +441112222 uk: allow answered 23:58:45
  10-25 00:00:45.367 tick
  > save incident caps.tenant.cost_per_month.warn_at acme/: tenant acme has used 1.50 of its cap of 1.65 on the cost of a local month [tell]
  10-25 00:01:14.5 tick
  > hang up a1 by ARI (cut)
  > save leg a1 acme/101 +441112222 uk: cut answered 23:58:45
  > save incident caps.tenant.cost_per_month acme/101: tenant acme has used up its cap of 1.65 on the cost of a local month [hang up]
1T00:01:14.510 end a1
  > save leg a1 acme/101 +441112222 uk: cut answered 23:58:45, ended 10-25 00:01:14.51, 1.50 for 150 s
  > save charge a1 acme/101 2026-10-24: 0.90 for 90 s
  > save charge a1 acme/101 2026-10-25: 0.60 for 60 s
1T00:01:30 ledger
  > ledger acme/101 2026-10-25 cost 0.60, 60 s, 0 calls, 0 attempts
  > ledger acme/101 2026-10 cost 1.50, 150 s, 1 calls, 1 attempts
