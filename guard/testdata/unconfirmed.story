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
  > save incident hangup.unconfirmed acme/101: Asterisk was asked 2 times to hang up PJSIP/carrier-02, and after 1s it is still there [ask again, by ARI and AMI in turns]
  10:00:03.002 tick
  > hang up a1 by ARI (refused)
  10:00:06.002 tick
  > hang up a1 by AMI (refused)
  10:00:10.002 tick
  > hang up a1 by ARI (refused)
  10:00:15.002 tick
  > hang up a1 by AMI (refused)
  10:00:21.002 tick
  > hang up a1 by ARI (refused)
  10:00:28.002 tick
  > hang up a1 by AMI (refused)
  10:00:36.002 tick
  > hang up a1 by ARI (refused)
  10:00:45.002 tick
  > hang up a1 by AMI (refused)
  10:00:55.002 tick
  > hang up a1 by ARI (refused)
  10:01:05.002 tick
  > hang up a1 by AMI (refused)
  > save incident hangup.unconfirmed acme/101: Asterisk was asked 12 times to hang up PJSIP/carrier-02, and after 1m5s it is still there [ask again, by ARI and AMI in turns]
  10:01:15.002 tick
  > hang up a1 by ARI (refused)
10:01:20 end a1
  > save leg a1 acme/101 +449001111 uk-premium: deny ringing, ended 10:01:20, 0.00 for 0 s
# Where ARI says no at once, AMI is asked at once; what that does is not told of.
10:02:10 channel b PJSIP/101-03 account=acme
10:02:10.001 channel b1 PJSIP/carrier-04 linked=b
10:02:10.002 dial b b1 00449001111
  > hang up b1 by ARI (refused)
  > limit b1 to 1s
  > save leg b1 acme/101 +449001111 uk-premium: deny ringing
  > save incident caps.route.cost_per_minute acme/101: the route costs 3.00 per minute; the cap is 1.00 [refuse the call]
10:02:10.010 refused-to-hang-up b1
  > hang up b1 by AMI (refused)
10:02:10.020 end b1
  > save leg b1 acme/101 +449001111 uk-premium: deny ringing, ended 10:02:10.02, 0.00 for 0 s
# Where both ways fail, it is told a second after the first request.
10:03:10 channel c PJSIP/101-05 account=acme
10:03:10.001 channel c1 PJSIP/carrier-06 linked=c
10:03:10.002 dial c c1 00449001111
  > hang up c1 by ARI (refused)
  > limit c1 to 1s
  > save leg c1 acme/101 +449001111 uk-premium: deny ringing
  > save incident caps.route.cost_per_minute acme/101: the route costs 3.00 per minute; the cap is 1.00 [refuse the call]
10:03:10.010 refused-to-hang-up c1
  > hang up c1 by AMI (refused)
10:03:10.020 refused-to-hang-up c1
  10:03:11.002 tick
  > hang up c1 by ARI (refused)
  > save incident hangup.unconfirmed acme/101: Asterisk was asked 3 times to hang up PJSIP/carrier-06, and after 1s it is still there; ARI answered: 500 [ask again, by ARI and AMI in turns]
10:03:12 end c1
  > save leg c1 acme/101 +449001111 uk-premium: deny ringing, ended 10:03:12, 0.00 for 0 s
