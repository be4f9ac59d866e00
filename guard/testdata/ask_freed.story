# The limit that a verdict puts on a caller bridges the moment until its leg has one of its own. It is
# lifted whatever happens in between, or the call would end at the horizon.
ask
fail-mode open
cap */* cost_per_day 1.00
price 44 uk 0.10 60/60
price 39 italy 0.01 1/1

10:00:00 asking
# The link breaks. What waits to be lifted waits until it stands again, and what was sent last is sent anew.
10:00:01 channel a PJSIP/101-01 account=acme
10:00:01.001 ask a 00441234567
  > tell a: allow for 9m59.8s
10:00:01.002 channel b PJSIP/102-02 account=acme
10:00:01.003 ask b 00441234567
  > tell b: allow for 9m59.8s
10:00:01.004 channel b1 PJSIP/carrier-03 linked=b
10:00:01.005 dial b b1 00441234567
  > limit b1 to 9m59.8s
  > limit b to 0s
  > save leg b1 acme/102 +441234567 uk: allow ringing
10:00:01.006 down
10:01:00 up
  > no flags below block
  > no flags below closed
  > no flags below fail_mode
10:01:00.001 list a b b1
  > limit a to 0s
  > limit b to 0s
  > limit b1 to 9m59.8s
  > save leg b1 acme/102 +441234567 uk: allow ringing
10:01:10 end b1
  > save leg b1 acme/102 +441234567 uk: allow ringing, ended 10:01:10, 0.00 for 0 s
10:01:10.001 end b
10:01:10.002 end a
# The call was heard to ask after it had dialled: the dialplan had given it the horizon.
10:02:00 channel c PJSIP/103-04 account=acme exten=00441234567
10:02:00.300 channel c1 PJSIP/carrier-05 linked=c
10:02:00.301 dial c c1 00441234567
  > limit c1 to 9m59.8s
  > save leg c1 acme/103 +441234567 uk: allow ringing
  > save incident admission.bypass acme/103: PJSIP/103-04 dialled PJSIP/carrier-05 from context "", extension "00441234567", and it did not ask: calls that leave there are judged only when the trunk dials [judge when it dials]
10:02:00.400 ask c 00441234567
  > tell c: allow for 4m59.8s
  > limit c1 to 4m59.8s
  > save leg c1 acme/103 +441234567 uk: allow ringing
10:02:00.401 verdict-failed c
  > limit c1 to 9m59.8s
  > limit c to 0s
  > save leg c1 acme/103 +441234567 uk: allow ringing
  > save incident admission.late unknown/pbx: Asterisk did not take a verdict, so the dialplan decided by its fail mode: 404 [judge when it dials]
10:02:10 end c1
  > save leg c1 acme/103 +441234567 uk: allow ringing, ended 10:02:10, 0.00 for 0 s
10:02:10.001 end c
# A caller with little time left, whose trunk could not be reached, dials an emergency number.
10:03:00 set-cap acme/104 cost_per_day 0.10 jo
  > save cap cost_per_day of acme/104 = 0.10 by jo
  > save incident caps.set acme/104: jo set the cap cost_per_day of acme/104 to 0.10 [set the cap]
10:03:01 channel d PJSIP/104-06 account=acme
10:03:01.001 ask d 00441234567
  > tell d: allow for 59.8s
10:03:05 channel d1 PJSIP/carrier-07 linked=d
10:03:05.001 dial d d1 112
  > limit d to 0s
  > save leg d1 acme/104 +112 unpriced: allow ringing
10:03:10 end d1
  > save leg d1 acme/104 +112 unpriced: allow ringing, ended 10:03:10, 0.00 for 0 s
10:03:10.001 end d
# Observe mode begins while a call is about to dial.
10:04:00 channel e PJSIP/105-08 account=acme
10:04:00.001 ask e 00441234567
  > tell e: allow for 9m59.8s
10:04:00.002 mode observe
  > limit e to 0s
  > no flags below block
  > no flags below closed
10:04:00.003 channel e1 PJSIP/carrier-09 linked=e
10:04:00.004 dial e e1 00441234567
  > save leg e1 acme/105 +441234567 uk: allow ringing
10:04:10 end e1
  > save leg e1 acme/105 +441234567 uk: allow ringing, ended 10:04:10, 0.00 for 0 s
10:04:10.001 end e
10:05:00 mode enforce
  > no flags below block
  > no flags below closed
  > no flags below fail_mode
# A call asks while the channels are being listed, and is not in the list.
10:06:00 channel f PJSIP/106-0a account=acme
10:06:00.001 ask f 00441234567
  > tell f: allow for 9m59.8s
10:06:00.002 list
10:06:00.003 channel f1 PJSIP/carrier-0b linked=f
10:06:00.004 dial f f1 00441234567
  > limit f1 to 9m59.8s
  > limit f to 0s
  > save leg f1 acme/106 +441234567 uk: allow ringing
10:06:10 end f1
  > save leg f1 acme/106 +441234567 uk: allow ringing, ended 10:06:10, 0.00 for 0 s
10:06:10.001 end f
