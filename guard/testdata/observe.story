# Observe mode decides and tells, and touches nothing.
observe
cap */* cost_per_day 0.10
repeated_number 1 5m block 1h
price 44 uk 0.60 1/1

10:00:00 channel a PJSIP/101-01 account=acme
10:00:00.001 channel a1 PJSIP/carrier-02 linked=a
10:00:00.002 dial a a1 00441112222
  > save leg a1 acme/101 +441112222 uk: allow ringing
10:00:01 answer a1
  > save leg a1 acme/101 +441112222 uk: allow answered 10:00:01
  10:00:08.031 tick
  > save incident caps.extension.cost_per_day.warn_at (observed) acme/101: acme/101 has used 0.08 of its cap of 0.10 on the cost of a local day [tell]
10:00:10 channel b PJSIP/101-03 account=acme
10:00:10.001 channel b1 PJSIP/carrier-04 linked=b
10:00:10.002 dial b b1 00441112222
  > save leg b1 acme/101 +441112222 uk: deny ringing
  > save incident abuse.repeated_number (observed) acme/101: 2 attempts to +441112222 within 10s; 1 within 5m0s are allowed [refuse the call, hang up the account's live calls, block the extension for 1h0m0s]
  > save incident caps.extension.cost_per_day (observed) acme/101: acme/101 has spent 0.10 and holds 0.00 of its cap of 0.10 on the cost of a local day; the call needs 0.01 at once [refuse the call]
  10:00:10.5 tick
  > save leg a1 acme/101 +441112222 uk: allow answered 10:00:01
  > save incident caps.extension.cost_per_day (observed) acme/101: acme/101 has used up its cap of 0.10 on the cost of a local day [hang up]
10:00:20 end b1
  > save leg b1 acme/101 +441112222 uk: deny ringing, ended 10:00:20, 0.00 for 0 s
10:00:21 end a1
  > save leg a1 acme/101 +441112222 uk: allow answered 10:00:01, ended 10:00:21, 0.20 for 20 s
  > save charge a1 acme/101 2026-11-21: 0.20 for 20 s
10:00:22 channel c PJSIP/101-05 account=acme
10:00:22.001 channel c1 PJSIP/carrier-06 linked=c
10:00:22.002 dial c c1 00441112222
  > save leg c1 acme/101 +441112222 uk: deny ringing
  > save incident caps.extension.cost_per_day (observed) acme/101: acme/101 has spent 0.20 and holds 0.00 of its cap of 0.10 on the cost of a local day; the call needs 0.01 at once [refuse the call]
10:00:23 end c1
  > save leg c1 acme/101 +441112222 uk: deny ringing, ended 10:00:23, 0.00 for 0 s
10:00:30 ledger
  > ledger acme/101 2026-11-21 cost 0.20, 20 s, 1 calls, 3 attempts
  > ledger acme/101 2026-11 cost 0.20, 20 s, 1 calls, 3 attempts
