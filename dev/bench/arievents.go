package main

import (
	"encoding/json"
	"strconv"

	"github.com/fraudguard/fraudguard/ami"
)

// object is one JSON object.
type object = map[string]any

// asARI writes an AMI event as Asterisk's REST interface tells the same moment. It is false for those
// of which that interface says nothing: call records, security and test events.
func asARI(m ami.Message) ([]byte, bool) {
	kind, body := "", object{"channel": channelOf(m, "")}
	switch m.Event() {
	case "Newchannel":
		kind = "ChannelCreated"
	case "Newstate":
		kind = "ChannelStateChange"
	case "VarSet":
		kind = "ChannelVarset"
		body["variable"], body["value"] = m.Get("Variable"), m.Get("Value")
	case "Newexten":
		kind = "ChannelDialplan"
		body["dialplan_app"], body["dialplan_app_data"] = m.Get("Application"), m.Get("AppData")
	case "NewCallerid":
		kind = "ChannelCallerId"
		body["caller_presentation"], body["caller_presentation_txt"] = 0, "Presentation Allowed, Not Screened"
	case "NewConnectedLine":
		kind = "ChannelConnectedLine"
	case "HangupRequest", "SoftHangupRequest":
		kind = "ChannelHangupRequest"
		body["soft"] = m.Event() == "SoftHangupRequest"
	case "Hangup":
		kind = "ChannelDestroyed"
		body["cause"], _ = strconv.Atoi(m.Get("Cause"))
		body["cause_txt"] = m.Get("Cause-txt")
	case "DialBegin", "DialState", "DialEnd":
		kind = "Dial"
		body = object{"caller": channelOf(m, ""), "peer": channelOf(m, "Dest"), "forward": "",
			"dialstring": m.Get("DialString"), "dialstatus": m.Get("DialStatus")}
	case "BridgeCreate", "BridgeDestroy":
		kind = m.Event() + "d"
		if kind == "BridgeDestroyd" {
			kind = "BridgeDestroyed"
		}
		body = object{"bridge": bridgeOf(m)}
	case "BridgeEnter", "BridgeLeave":
		kind = map[string]string{"BridgeEnter": "ChannelEnteredBridge", "BridgeLeave": "ChannelLeftBridge"}[m.Event()]
		body["bridge"] = bridgeOf(m)
	case "DeviceStateChange":
		kind = "DeviceStateChanged"
		body = object{"device_state": object{"name": m.Get("Device"), "state": m.Get("State")}}
	default:
		return nil, false
	}
	body["type"], body["application"], body["asterisk_id"] = kind, "bench", "02:fc:00:00:00:01"
	body["timestamp"] = "2026-11-21T11:37:34.144+0000"
	text, err := json.Marshal(body)
	return text, err == nil
}

func channelOf(m ami.Message, prefix string) object {
	priority, _ := strconv.Atoi(m.Get(prefix + "Priority"))
	return object{
		"id": m.Get(prefix + "Uniqueid"), "name": m.Get(prefix + "Channel"), "state": m.Get(prefix + "ChannelStateDesc"),
		"protocol_id": "", "accountcode": m.Get(prefix + "AccountCode"), "language": m.Get(prefix + "Language"),
		"caller":    object{"name": m.Get(prefix + "CallerIDName"), "number": m.Get(prefix + "CallerIDNum")},
		"connected": object{"name": m.Get(prefix + "ConnectedLineName"), "number": m.Get(prefix + "ConnectedLineNum")},
		"dialplan": object{"context": m.Get(prefix + "Context"), "exten": m.Get(prefix + "Exten"), "priority": priority,
			"app_name": "Dial", "app_data": ""},
		"creationtime": "2026-11-21T11:37:34.144+0000",
	}
}

func bridgeOf(m ami.Message) object {
	return object{"id": m.Get("BridgeUniqueid"), "technology": m.Get("BridgeTechnology"), "bridge_type": m.Get("BridgeType"),
		"bridge_class": "", "creator": "", "name": "", "channels": []string{}, "video_mode": "none",
		"creationtime": "2026-11-21T11:37:34.144+0000"}
}
