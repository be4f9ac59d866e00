# A server is taken out of the configuration in mid-call: its leg goes on under the limit that
# Asterisk has, and is charged up to it, because nobody sees it end.
cap */* cost_per_day 1.00
price 44 uk 0.60 1/1

10:00:00 channel a PJSIP/101-01 account=acme
10:00:00.001 channel a1 PJSIP/carrier-02 linked=a
10:00:00.002 dial a a1 00441112222
  > limit a1 to 1m39.8s
  > save leg a1 acme/101 +441112222 uk: allow ringing
10:00:01 answer a1
  > save leg a1 acme/101 +441112222 uk: allow answered 10:00:01
10:00:10 server-removed
  10:01:20.312 tick
  > save incident caps.extension.cost_per_day.warn_at acme/101: acme/101 has used 0.80 of its cap of 1.00 on the cost of a local day [tell]
  10:01:41.802 tick
  > save leg a1 acme/101 +441112222 uk: allow answered 10:00:01, ended 10:01:39.802, 0.99 for 99 s, estimated
  > save charge a1 acme/101 2026-11-21: 0.99 for 99 s
10:03:00 ledger
  > ledger acme/101 2026-11-21 cost 0.99, 99 s, 1 calls, 1 attempts
  > ledger acme/101 2026-11 cost 0.99, 99 s, 1 calls, 1 attempts
