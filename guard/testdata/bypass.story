# Legs that began without having asked, where they should have and could.
ask
price 44 uk 0.40 60/60
price 39 italy 0.01 1/1

# Nobody can ask yet.
10:00:00 channel a PJSIP/101-01 account=acme exten=00441234567
10:00:00.010 channel a1 PJSIP/carrier-02 linked=a
10:00:00.011 dial a a1 00441234567
  > limit a1 to 15m0s
  > save leg a1 acme/101 +441234567 uk: allow ringing
10:00:01 end a1
  > save leg a1 acme/101 +441234567 uk: allow ringing, ended 10:00:01, 0.00 for 0 s
10:00:02 asking
# This one was made before calls could ask.
10:00:02.001 channel a2 PJSIP/carrier-03 linked=a
10:00:02.011 dial a a2 00441234567
  > limit a2 to 15m0s
  > save leg a2 acme/101 +441234567 uk: allow ringing
10:00:03 end a2
  > save leg a2 acme/101 +441234567 uk: allow ringing, ended 10:00:03, 0.00 for 0 s
10:00:03.001 end a
10:00:10 channel b PJSIP/102-04 account=acme exten=00441234567
10:00:10.010 channel b1 PJSIP/carrier-05 linked=b
10:00:10.011 dial b b1 00441234567
  > limit b1 to 15m0s
  > save leg b1 acme/102 +441234567 uk: allow ringing
  > save incident admission.bypass acme/102: PJSIP/102-04 dialled PJSIP/carrier-05 from context "", extension "00441234567", and it did not ask: calls that leave there are judged only when the trunk dials [judge when it dials]
10:00:11 end b1
  > save leg b1 acme/102 +441234567 uk: allow ringing, ended 10:00:11, 0.00 for 0 s
# It asked for one number and dials another.
10:00:20 ask b 0612345678
  > tell b: allow for 15m0s
10:00:20.010 channel b2 PJSIP/carrier-06 linked=b
10:00:20.011 dial b b2 00441234567
  > limit b2 to 15m0s
  > limit b to 0s
  > save leg b2 acme/102 +441234567 uk: allow ringing
10:00:21 end b2
  > save leg b2 acme/102 +441234567 uk: allow ringing, ended 10:00:21, 0.00 for 0 s
10:00:21.001 end b
# An hour later it is told again; an emergency call need not ask.
11:10:00 channel c PJSIP/102-07 account=acme exten=112
11:10:00.010 channel c1 PJSIP/carrier-08 linked=c
11:10:00.011 dial c c1 112
  > save leg c1 acme/102 +112 unpriced: allow ringing
11:10:01 end c1
  > save leg c1 acme/102 +112 unpriced: allow ringing, ended 11:10:01, 0.00 for 0 s
11:10:02 channel c2 PJSIP/carrier-09 linked=c
11:10:02.011 dial c c2 00441234567
  > limit c2 to 15m0s
  > save leg c2 acme/102 +441234567 uk: allow ringing
  > save incident admission.bypass acme/102: PJSIP/102-07 dialled PJSIP/carrier-09 from context "", extension "112", and it did not ask: calls that leave there are judged only when the trunk dials [judge when it dials]
11:10:03 end c2
  > save leg c2 acme/102 +441234567 uk: allow ringing, ended 11:10:03, 0.00 for 0 s
11:10:03.001 end c
