# An account that has used up a cap is closed in Asterisk too, for when the guard is gone: until its
# day ends, or a person raises the cap.
ask
cap */* cost_per_day 1.00
cap * minutes_per_day 30
price 44 uk 0.60 60/60

10:00:00 asking
10:00:01 channel a PJSIP/101-01 account=acme
10:00:01.001 ask a 00441234567
  > tell a: allow for 59.8s
10:00:01.010 channel a1 PJSIP/carrier-02 linked=a
10:00:01.011 dial a a1 00441234567
  > limit a1 to 59.8s
  > limit a to 0s
  > save leg a1 acme/101 +441234567 uk: allow ringing
10:00:02 answer a1
  > save leg a1 acme/101 +441234567 uk: allow answered 10:00:02
# 0.60 of 1.00 is spent, and no more would fit: what is left is too much to be closed for.
10:00:30 end a1
  > save leg a1 acme/101 +441234567 uk: allow answered 10:00:02, ended 10:00:30, 0.60 for 60 s
  > save charge a1 acme/101 2026-11-21: 0.60 for 60 s
10:00:30.001 ask a 00441234567
  > tell a: refuse, caps.extension.cost_per_day
  > save leg a/hod4v7tqp44o7 acme/101 +441234567 uk: deny ringing, ended 10:00:30.001, 0.00 for 0 s
  > save incident caps.extension.cost_per_day acme/101: acme/101 has spent 0.60 and holds 0.00 of its cap of 1.00 on the cost of a local day; the call needs 0.60 at once [refuse the call]
10:00:31 end a
10:00:40 set-cap acme/101 cost_per_day 0.61 jo
  > flag closed/extension/acme/101 = 1795305600
  > save cap cost_per_day of acme/101 = 0.61 by jo
  > save incident caps.set acme/101: jo set the cap cost_per_day of acme/101 to 0.61 [set the cap]
10:00:41 channel b PJSIP/101-03 account=acme
10:00:41.001 ask b 00441234567
  > tell b: refuse, caps.extension.cost_per_day
  > save leg b/hod4vedico4o7 acme/101 +441234567 uk: deny ringing, ended 10:00:41.001, 0.00 for 0 s
  > save incident caps.extension.cost_per_day acme/101: acme/101 has spent 0.60 and holds 0.00 of its cap of 0.61 on the cost of a local day; the call needs 0.60 at once [refuse the call]
10:00:42 down
10:00:43 up
  > no flags below block
  > no flags below closed
  > flag closed/extension/acme/101 = 1795305600
  > no flags below fail_mode
10:01:00 set-cap acme/101 cost_per_day 5 jo
  > no flag closed/extension/acme/101
  > save cap cost_per_day of acme/101 = 5.00 by jo
  > save incident caps.set acme/101: jo set the cap cost_per_day of acme/101 to 5.00 [set the cap]
10:01:01 ask b 00441234567
  > tell b: allow for 6m59.8s
10:01:02 set-cap acme minutes_per_day 1 jo
  > flag closed/tenant/acme = 1795305600
  > save cap minutes_per_day of acme = 1 by jo
  > save incident caps.set acme/: jo set the cap minutes_per_day of acme to 1 [set the cap]
10:01:03 ask b 00441234567
  > tell b: refuse, caps.tenant.minutes_per_day
  > save leg b/hod4vrh0w14o7 acme/101 +441234567 uk: deny ringing, ended 10:01:03, 0.00 for 0 s
  > save incident caps.tenant.minutes_per_day.warn_at acme/: tenant acme has used 1 of its cap of 1 on the billed minutes of a local day [tell]
  > save incident caps.tenant.minutes_per_day acme/101: tenant acme has spent 1 and holds 0 of its cap of 1 on the billed minutes of a local day; the call needs 1 at once [refuse the call]
10:01:04 end b
1T00:00:01 channel c PJSIP/102-04 account=acme
1T00:00:02 ask c 00441234567
  > tell c: allow for 59.8s
1T00:00:03 end c
