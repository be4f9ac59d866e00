# The name that the dialplan gave a call is left over in its variables when it is sent on. Asking tells
# of it once more, which is nothing new: who sent the call on pays.
ask
price 44 uk 0.40 60/60

10:00:00 asking
10:00:01 channel a PJSIP/101-01 account=acme
10:00:01.001 named a boutique desk7
10:00:01.002 channel b PJSIP/102-02 account=globex linked=a
10:00:01.003 named b boutique desk7
10:00:01.004 dial a b
10:00:02 answer b
10:00:02 answer a
10:00:03 transfer b a
10:00:03 end b
10:00:03.001 ask a 00441234567 boutique/desk7
  > tell a: allow for 15m0s
10:00:03.010 channel t1 PJSIP/carrier-03 linked=a
10:00:03.011 dial a t1 00441234567
  > limit t1 to 15m0s
  > limit a to 0s
  > save leg t1 globex/102 +441234567 uk: allow ringing
10:00:04 end t1
  > save leg t1 globex/102 +441234567 uk: allow ringing, ended 10:00:04, 0.00 for 0 s
# Another name was given since.
10:00:04.001 ask a 00441234567 boutique/desk8
  > tell a: allow for 15m0s
10:00:04.010 channel t2 PJSIP/carrier-04 linked=a
10:00:04.011 dial a t2 00441234567
  > limit t2 to 15m0s
  > limit a to 0s
  > save leg t2 boutique/desk8 +441234567 uk: allow ringing
10:00:05 end t2
  > save leg t2 boutique/desk8 +441234567 uk: allow ringing, ended 10:00:05, 0.00 for 0 s
10:00:05.001 end a
