# A hang-up that was asked for and not done is asked for again, the other way, and told loudly.
cap */* route_cost_per_minute 1.00
price 4490 uk-premium 3.00 60/60

10:00:00 channel a PJSIP/101-01 account=acme
10:00:00.001 channel a1 PJSIP/carrier-02 linked=a
10:00:00.002 dial a a1 00449001111
  > hang up a1 by ARI (refused)
  > limit a1 to 1s
  > save leg a1 acme/101 +449001111 uk-premium: deny ringing
  > save incident caps.route.cost_per_minute acme/101: the route costs 3.00 per minute; the cap is 1.00 [refuse the call]
  10:00:01.002 tick
  > hang up a1 by AMI (refused)
  > save incident hangup.unconfirmed acme/101: Asterisk was asked to hang up PJSIP/carrier-02 and it is still there: no end was seen within 1s [ask again by AMI]
10:00:02.500 end a1
  > save leg a1 acme/101 +449001111 uk-premium: deny ringing, ended 10:00:02.5, 0.00 for 0 s
# Where ARI says no at once, AMI is asked at once.
10:00:10 channel b PJSIP/101-03 account=acme
10:00:10.001 channel b1 PJSIP/carrier-04 linked=b
10:00:10.002 dial b b1 00449001111
  > hang up b1 by ARI (refused)
  > limit b1 to 1s
  > save leg b1 acme/101 +449001111 uk-premium: deny ringing
  > save incident caps.route.cost_per_minute acme/101: the route costs 3.00 per minute; the cap is 1.00 [refuse the call]
10:00:10.010 refused-to-hang-up b1
  > hang up b1 by AMI (refused)
  > save incident hangup.unconfirmed acme/101: Asterisk was asked to hang up PJSIP/carrier-04 and it is still there: ARI answered: 500 [ask again by AMI]
10:00:10.020 end b1
  > save leg b1 acme/101 +449001111 uk-premium: deny ringing, ended 10:00:10.02, 0.00 for 0 s
