# Other programs write blocks and caps into the store, and the guard reads it: what is new holds for live
# calls at once, and is not recorded a second time.
ask
price 44 uk 0.60 60/60
cap */* cost_per_day 10.00

12:00:00 channel phone PJSIP/101-1 account=acme
12:00:00 channel out PJSIP/carrier-2
12:00:00 dial phone out 0044207946000
  > limit out to 15m0s
  > save leg out acme/101 +44207946000 uk: allow ringing
12:00:05 answer out
  > save leg out acme/101 +44207946000 uk: allow answered 12:00:05
12:00:06 channel phone2 PJSIP/102-3 account=acme
12:00:06 channel out2 PJSIP/carrier-4
12:00:06 dial phone2 out2 0044207946001
  > limit out2 to 15m0s
  > save leg out2 acme/102 +44207946001 uk: allow ringing
12:00:07 answer out2
  > save leg out2 acme/102 +44207946001 uk: allow answered 12:00:07

12:00:10 elsewhere block acme/101 jo
12:00:10 store-read
  > flag block/extension/acme/101 = 0
  > hang up out by ARI (cut)
  > limit out to 1s
  > save leg out acme/101 +44207946000 uk: cut answered 12:00:05
  > save incident block acme/101: acme/101 was blocked by jo [hang up]
12:00:10.2 end out
  > save leg out acme/101 +44207946000 uk: cut answered 12:00:05, ended 12:00:10.2, 0.60 for 60 s
  > save charge out acme/101 2026-11-21: 0.60 for 60 s
12:00:10.2 end phone
# The same again changes nothing.
12:00:11 store-read
12:00:12 channel phone3 PJSIP/101-5 account=acme
12:00:12 channel out3 PJSIP/carrier-6
12:00:12 dial phone3 out3 0044207946000
  > hang up out3 by ARI (refused)
  > limit out3 to 1s
  > save leg out3 acme/101 +44207946000 uk: deny ringing
  > save incident block acme/101: acme/101 is blocked: by SQL [refuse the call]
12:00:12.1 end out3
  > save leg out3 acme/101 +44207946000 uk: deny ringing, ended 12:00:12.1, 0.00 for 0 s
12:00:12.1 end phone3

# A restart knows it by the same ID.
12:00:13 restart
12:00:13 up
  > no flags below block
  > flag block/extension/acme/101 = 0
  > no flags below closed
  > no flags below fail_mode
12:00:13 list phone2 out2:up
  > limit out2 to 15m0s
  > save leg out2 acme/102 +44207946001 uk: allow answered 12:00:07
12:00:14 store-read

# Its end is brought forward, put off, and comes.
12:00:15 elsewhere until acme/101 10s
12:00:15 store-read
  > flag block/extension/acme/101 = 1795262425
12:00:16 elsewhere until acme/101 20s
12:00:16 store-read
  > flag block/extension/acme/101 = 1795262436
  12:00:36 tick
  > no flag block/extension/acme/101
  > save block acme/101 lifted by time
12:00:40 store-read

# Lifted or deleted elsewhere.
12:00:41 elsewhere block +44* jo 1h
12:00:41 store-read
  > flag block/prefix/44 = 1795266041
  > hang up out2 by ARI (cut)
  > limit out2 to 1s
  > save leg out2 acme/102 +44207946001 uk: cut answered 12:00:07
  > save incident block acme/102: +44* was blocked by jo [hang up]
12:00:41.2 end out2
  > save leg out2 acme/102 +44207946001 uk: cut answered 12:00:07, ended 12:00:41.2, 0.60 for 60 s
  > save charge out2 acme/102 2026-11-21: 0.60 for 60 s
12:00:42 elsewhere unblock +44*
12:00:42 store-read
  > no flag block/prefix/44

# The guard's own are known by their IDs, and go when somebody else lifts them.
12:00:43 block acme/101
  > flag block/extension/acme/101 = 0
  > save block acme/101 by admin until lifted
  > save incident block acme/101: admin blocked acme/101: by hand [block, hang up its live calls]
12:00:43 block +49123 1h30m0.0000001s
  > flag block/number/49123 = 1795267843
  > save block +49123 by admin until 13:30:43
  > save incident block /: admin blocked +49123: by hand [block, hang up its live calls]
12:00:44 store-read
12:00:45 elsewhere unblock acme/101
12:00:45 store-read
  > no flag block/extension/acme/101
12:00:46 channel phone4 PJSIP/101-7 account=acme
12:00:46 channel out4 PJSIP/carrier-8
12:00:46 dial phone4 out4 0044207946000
  > limit out4 to 15m0s
  > save leg out4 acme/101 +44207946000 uk: allow ringing
12:00:47 answer out4
  > save leg out4 acme/101 +44207946000 uk: allow answered 12:00:47

# Two programs have blocked the same at the same moment: what lasts longer stays.
12:00:50 block acme/103 1h
  > flag block/extension/acme/103 = 1795266050
  > save block acme/103 by admin until 13:00:50
  > save incident block acme/103: admin blocked acme/103: by hand [block, hang up its live calls]
12:00:50 elsewhere block acme/103 jo
12:00:51 store-read
  > no flag block/extension/acme/103
  > flag block/extension/acme/103 = 0
  > save block acme/103 lifted by jo
12:00:52 store-read
12:00:53 elsewhere block acme/103 ann 2h
12:00:54 store-read
  > save block acme/103 lifted by jo
12:00:55 unblock acme/103
  > no flag block/extension/acme/103
  > save block acme/103 lifted by admin
12:00:56 store-read
# What is over is no block, whoever may have forgotten to lift it.
12:00:57 elsewhere block acme/101 jo 1s
12:00:59 store-read

# Caps: one that is set, one that is changed, one that is taken back.
12:01:00 elsewhere set-cap acme/101 cost_per_day 3 jo
12:01:00 store-read
  > limit out4 to 3m46.8s
  > save leg out4 acme/101 +44207946000 uk: allow answered 12:00:47
12:01:01 store-read
12:01:02 elsewhere set-cap acme/101 cost_per_day 1.20 ann
12:01:02 store-read
  > flag closed/extension/acme/101 = 1795305600
  > limit out4 to 44.8s
  > save leg out4 acme/101 +44207946000 uk: allow answered 12:00:47
  > save incident caps.extension.cost_per_day.warn_at acme/101: acme/101 has used 1.20 of its cap of 1.20 on the cost of a local day [tell]
12:01:02 caps acme/101
  > cap cost_per_day of acme/101: 1.20 by ann 12:01:02, used 1.20
12:01:03 elsewhere unset-cap acme/101 cost_per_day
12:01:03 store-read
  > no flag closed/extension/acme/101
  > limit out4 to 14m43.8s
  > save leg out4 acme/101 +44207946000 uk: allow answered 12:00:47
12:01:04 set-cap acme/101 cost_per_day 5 jo
  > limit out4 to 6m42.8s
  > save leg out4 acme/101 +44207946000 uk: allow answered 12:00:47
  > save cap cost_per_day of acme/101 = 5.00 by jo
  > save incident caps.set acme/101: jo set the cap cost_per_day of acme/101 to 5.00 [set the cap]
12:01:05 store-read
12:01:05 caps acme/101
  > cap cost_per_day of acme/101: 5.00 by jo 12:01:04, used 1.20
12:01:06 end out4
  > save leg out4 acme/101 +44207946000 uk: allow answered 12:00:47, ended 12:01:06, 0.60 for 60 s
  > save charge out4 acme/101 2026-11-21: 0.60 for 60 s
12:01:06 end phone4

# A cap that leaves nothing closes the account for when the guard is gone, and opens it again.
12:01:07 elsewhere set-cap acme/101 cost_per_day 0 ann
12:01:07 store-read
  > flag closed/extension/acme/101 = 1795305600
12:01:08 elsewhere unset-cap acme/101 cost_per_day
12:01:08 store-read
  > no flag closed/extension/acme/101

# In observe mode nothing is touched.
12:02:00 mode observe
  > no flags below block
  > no flags below closed
12:02:01 channel phone5 PJSIP/101-9 account=acme
12:02:01 channel out5 PJSIP/carrier-10
12:02:01 dial phone5 out5 0044207946000
  > save leg out5 acme/101 +44207946000 uk: allow ringing
12:02:02 elsewhere block everything jo
12:02:02 store-read
  > save leg out5 acme/101 +44207946000 uk: allow ringing
  > save incident block (observed) acme/101: everything was blocked by jo [hang up]
