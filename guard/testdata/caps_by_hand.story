# Caps that people set lie over those of the configuration. They hold for live calls at once, survive
# a restart and a reload, and each change says who made it.
price 44 uk 0.60 60/60
cap */* cost_per_day 1.00
cap acme cost_per_day 10.00

12:00:00 channel phone PJSIP/101-1 account=acme
12:00:00 channel out PJSIP/carrier-2
12:00:00 dial phone out 0044207946000
  > limit out to 59.8s
  > save leg out acme/101 +44207946000 uk: allow ringing
12:00:05 answer out
  > save leg out acme/101 +44207946000 uk: allow answered 12:00:05

# Half of it: the running minute is paid, and there is nothing for the next one.
12:00:30 set-cap acme/101 cost_per_day 0.60 jo the phone was stolen
  > save cap cost_per_day of acme/101 = 0.60 by jo
  > save incident caps.set acme/101: jo set the cap cost_per_day of acme/101 to 0.60: the phone was stolen [set the cap]
  > save incident caps.extension.cost_per_day.warn_at acme/101: acme/101 has used 0.60 of its cap of 0.60 on the cost of a local day [tell]
12:00:40 caps acme/101
  > cap cost_per_day of acme/101: 0.60 by jo 12:00:30, used 0.60
  12:00:43.037 tick
  > limit out to 21.762s
  > save leg out acme/101 +44207946000 uk: allow answered 12:00:05
12:00:50 set-cap acme/101 cost_per_day 5 ann
  > limit out to 7m14.8s
  > save leg out acme/101 +44207946000 uk: allow answered 12:00:05
  > save cap cost_per_day of acme/101 = 5.00 by ann
  > save incident caps.set acme/101: ann set the cap cost_per_day of acme/101 to 5.00 [set the cap]
12:01:04 caps acme/101
  > cap cost_per_day of acme/101: 5.00 by ann 12:00:50, used 0.60

# The configuration changes below: it counts for others.
12:01:30 reload-cap */* cost_per_day 0.10
  > no flags below closed
  > no flags below fail_mode
12:01:30 channel phone2 PJSIP/102-3 account=acme
12:01:30 channel out2 PJSIP/carrier-4
12:01:30 dial phone2 out2 0044207946001
  > hang up out2 by ARI (refused)
  > limit out2 to 1s
  > save leg out2 acme/102 +44207946001 uk: deny ringing
  > save incident caps.extension.cost_per_day acme/102: acme/102 has spent 0.00 and holds 0.00 of its cap of 0.10 on the cost of a local day; the call needs 0.60 at once [refuse the call]
  12:01:31 tick
  > hang up out2 by AMI (refused)
  > save incident hangup.unconfirmed acme/102: Asterisk was asked 2 times to hang up PJSIP/carrier-4, and after 1s it is still there [ask again, by ARI and AMI in turns]
12:01:31 end out2
  > save leg out2 acme/102 +44207946001 uk: deny ringing, ended 12:01:31, 0.00 for 0 s
12:01:31 end phone2

12:01:40 restart
12:01:40 up
  > no flags below block
  > no flags below closed
  > no flags below fail_mode
12:01:40 list phone out
  > limit out to 6m24.8s
  > save leg out acme/101 +44207946000 uk: allow answered 12:00:05
12:01:41 caps
  > cap cost_per_day of */*: 0.10
  > cap cost_per_day of acme: 10.00
  > cap cost_per_day of acme/101: 5.00 by ann 12:00:50
12:01:41 caps acme
  > cap cost_per_day of acme: 10.00, used 1.20
12:01:41 caps acme/101
  > cap cost_per_day of acme/101: 5.00 by ann 12:00:50, used 1.20

# Taken back, the call is over its cap: it may go on for the minute that is paid. What is not there
# cannot be taken back.
12:02:00 unset-cap acme/101 cost_per_month jo
12:02:00 unset-cap acme/101 cost_per_day jo
  > limit out to 4.8s
  > save leg out acme/101 +44207946000 uk: allow answered 12:00:05
  > save cap cost_per_day of acme/101 unset by jo
  > save incident caps.unset acme/101: jo took back the cap cost_per_day of acme/101; the configuration counts again [take the cap back]
  > save incident caps.extension.cost_per_day.warn_at acme/101: acme/101 has used 1.20 of its cap of 0.10 on the cost of a local day [tell]
12:02:00 end out
  > save leg out acme/101 +44207946000 uk: allow answered 12:00:05, ended 12:02:00, 1.20 for 120 s
  > save charge out acme/101 2026-11-21: 1.20 for 120 s
12:02:00 caps
  > cap cost_per_day of */*: 0.10
  > cap cost_per_day of acme: 10.00

# None lifts a wider one; nothing at all refuses all.
12:03:00 set-cap acme/101 cost_per_day none jo
  > save cap cost_per_day of acme/101 = none by jo
  > save incident caps.set acme/101: jo set the cap cost_per_day of acme/101 to none [set the cap]
12:03:00 set-cap acme cost_per_day 0 jo
  > save cap cost_per_day of acme = 0.00 by jo
  > save incident caps.set acme/: jo set the cap cost_per_day of acme to 0.00 [set the cap]
12:03:01 channel out3 PJSIP/carrier-5
12:03:01 dial phone out3 0044207946000
  > hang up out3 by ARI (refused)
  > limit out3 to 1s
  > save leg out3 acme/101 +44207946000 uk: deny ringing
  > save incident caps.tenant.cost_per_day acme/101: tenant acme has spent 1.20 and holds 0.00 of its cap of 0.00 on the cost of a local day; the call needs 0.60 at once [refuse the call]
  12:03:02 tick
  > hang up out3 by AMI (refused)
  > save incident hangup.unconfirmed acme/101: Asterisk was asked 2 times to hang up PJSIP/carrier-5, and after 1s it is still there [ask again, by ARI and AMI in turns]
12:03:02 end out3
  > save leg out3 acme/101 +44207946000 uk: deny ringing, ended 12:03:02, 0.00 for 0 s
12:03:03 caps acme/101
  > cap cost_per_day of acme/101: none by jo 12:03:00, used 1.20

# In observe mode a cap is set all the same: that touches nothing at Asterisk.
12:04:00 mode observe
  > no flags below block
12:04:01 set-cap acme cost_per_day 20 jo
  > save cap cost_per_day of acme = 20.00 by jo
  > save incident caps.set acme/: jo set the cap cost_per_day of acme to 20.00 [set the cap]
12:04:01 caps acme
  > cap cost_per_day of acme: 20.00 by jo 12:04:01, used 1.20
