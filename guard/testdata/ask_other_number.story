# A call that dials another number than it asked for has one leg's money set aside, and not two; what
# it asked for ends neither the call nor a colleague's.
ask
cap * cost_per_day 1.00
price 44 uk 0.40 60/60
price 39 italy 0.40 60/60

10:00:00 asking
10:00:01 channel a PJSIP/101-01 account=acme exten=0612345678
10:00:01.001 ask a 0612345678
  > tell a: allow for 1m59.8s
10:00:01.010 channel a1 PJSIP/carrier-02 linked=a
10:00:01.011 dial a a1 00441234567
  > limit a1 to 1m59.8s
  > limit a to 0s
  > save leg a1 acme/101 +441234567 uk: allow ringing
  > save incident admission.bypass acme/101: PJSIP/101-01 dialled PJSIP/carrier-02 from context "", extension "0612345678", and it had asked for "390612345678": calls that leave there are judged only when the trunk dials [judge when it dials]
10:00:01.020 channel b PJSIP/102-03 account=acme exten=0612345678
10:00:01.021 ask b 0612345678
  > tell b: allow for 59.8s
  > limit a1 to 59.8s
  > save leg a1 acme/101 +441234567 uk: allow ringing
10:00:02 end b
  > limit a1 to 1m59.8s
  > save leg a1 acme/101 +441234567 uk: allow ringing
10:00:02.001 end a1
  > save leg a1 acme/101 +441234567 uk: allow ringing, ended 10:00:02.001, 0.00 for 0 s
10:00:02.002 end a
