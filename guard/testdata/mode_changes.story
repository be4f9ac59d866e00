# A change to observe mode takes back what stands in Asterisk, limits and flags; a change back takes
# hold again, also of what was only told meanwhile.
cap */* cost_per_day 1.00
price 44 uk 0.60 1/1

10:00:00 channel a PJSIP/101-01 account=acme
10:00:00.001 channel a1 PJSIP/carrier-02 linked=a
10:00:00.002 dial a a1 00441112222
  > limit a1 to 1m39.8s
  > save leg a1 acme/101 +441112222 uk: allow ringing
10:00:01 answer a1
  > save leg a1 acme/101 +441112222 uk: allow answered 10:00:01
10:00:02 block acme/102
  > flag block/extension/acme/102 = 0
  > save block acme/102 by admin until lifted
  > save incident block acme/102: admin blocked acme/102: by hand [block, hang up its live calls]
10:00:03 mode observe
  > limit a1 to 0s
  > no flags below block
  > save leg a1 acme/101 +441112222 uk: allow answered 10:00:01
10:00:04 channel b PJSIP/102-03 account=acme
10:00:04.001 channel b1 PJSIP/carrier-04 linked=b
10:00:04.002 dial b b1 00441112222
  > save leg b1 acme/102 +441112222 uk: deny ringing
  > save incident block (observed) acme/102: acme/102 is blocked: by hand [refuse the call]
10:00:10 mode enforce
  > no flags below block
  > flag block/extension/acme/102 = 0
  > no flags below closed
  > no flags below fail_mode
  > hang up b1 by AMI (refused)
  > limit b1 to 1s
  > limit a1 to 1m30.8s
  > save leg b1 acme/102 +441112222 uk: deny ringing
  > save leg a1 acme/101 +441112222 uk: allow answered 10:00:01
10:00:11 end b1
  > save leg b1 acme/102 +441112222 uk: deny ringing, ended 10:00:11, 0.00 for 0 s
10:00:20 end a1
  > save leg a1 acme/101 +441112222 uk: allow answered 10:00:01, ended 10:00:20, 0.19 for 19 s
  > save charge a1 acme/101 2026-11-21: 0.19 for 19 s
